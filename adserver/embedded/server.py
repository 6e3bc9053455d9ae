"""A server process: started, waited for, stopped, and found again when its supervisor was killed."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from adserver.embedded.account import Account
from adserver.embedded.errors import EmbeddedError

# Recovery after a crash reads the log of writes again, which may be long.
START_SECONDS = 120.0
STOP_SECONDS = 30.0
_POLL_SECONDS = 0.01
_LOG_BYTES = 10_000_000

# What our own questions meet until the server is ready is no fault.
_FAULT = re.compile(r"(?:FATAL|PANIC|error|Fatal)\b:?+\s*+(?!the database system|database \"adserver\")(.*)")


@dataclass(frozen=True, slots=True)
class Program:
    """What is run. Its last argument is told apart from any other program's; `pid_file` is written by itself."""

    name: str
    command: Sequence[str | Path]
    pid_file: Path
    log: Path
    stop_signal: signal.Signals
    account: Account | None = None

    @property
    def marker(self) -> str | Path:
        """The last argument, by which a process is recognised as this program's."""
        return self.command[-1]


class ServerProcess:
    """One run of a program."""

    def __init__(self, program: Program, process: Process, log_start: int) -> None:
        self._program = program
        self._process = process
        self._log_start = log_start

    @property
    def pid(self) -> int:
        return self._process.pid

    async def wait(self) -> int:
        """Wait for its end, whoever ends it, and return the exit code."""
        return await self._process.wait()

    async def wait_until(self, answers: Callable[[], Awaitable[bool]]) -> None:
        """Wait as long as the process lives; one that ends or takes too long is an EmbeddedError."""
        deadline = time.monotonic() + START_SECONDS
        while not await answers():
            if self._process.returncode is not None:
                raise EmbeddedError(f"{self._program.name} did not start: {self.fault()}")
            if time.monotonic() > deadline:
                await self.stop()
                raise EmbeddedError(f"{self._program.name} did not answer within {START_SECONDS:g} s: {self.fault()}")
            await asyncio.sleep(_POLL_SECONDS)

    async def stop(self) -> None:
        """Stop it with all its data on disk, or kill it when that takes too long: it recovers at the next start."""
        await end(self._process, self._program.stop_signal, STOP_SECONDS)

    def fault(self) -> str:
        """What its log says about its end, in a line."""
        with self._program.log.open("rb") as file:
            file.seek(self._log_start)
            return log_fault(file.read().decode(errors="replace"), self._program.log)


async def start(program: Program) -> ServerProcess:
    _turn_over(program.log)
    with program.log.open("ab") as log:
        log_start = log.tell()
        process = await run_as(program.account, program.command, log)
    return ServerProcess(program, process, log_start)


async def run_as(account: Account | None, command: Sequence[str | Path], output: int | IO[bytes]) -> Process:
    """Run a command as another account, in a session of its own so that Ctrl-C in the terminal does not reach it.

    Its environment holds no secret and no PG… variable.
    """
    try:
        return await asyncio.create_subprocess_exec(
            command[0],
            *command[1:],
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except OSError as error:
        who = "" if account is None else f" as {account.name}"
        raise EmbeddedError(f"cannot run {command[0]}{who}: {error.strerror}") from error


async def end(process: Process, stop_signal: signal.Signals, seconds: float) -> bool:
    """End a process by the signal, or kill it after `seconds`; return whether it ended by itself."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(stop_signal)
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
    return True


async def stop_orphan(program: Program) -> None:
    """Stop the program's process whose supervisor is gone.

    A pid file may also name a stranger, as after a restart of a container, and PostgreSQL would not start beside it.
    The number becomes ours then: it knows that its parent is no server. The file must stay, since the rest of it
    shows PostgreSQL whether processes of its last run still use the data.
    """
    pid = _read_pid(program.pid_file)
    if pid is None:
        return
    if _runs(pid, program.marker):
        await _end_orphan(pid, program)
    elif _is_alive(pid):
        _, *rest = program.pid_file.read_text().splitlines(keepends=True)
        program.pid_file.write_text("".join([f"{os.getpid()}\n", *rest]))


def log_fault(text: str, log: Path) -> str:
    """The line of a server's output that says why it ended."""
    if "No space left on device" in text:
        return f"no space left on the disk of {log.parent.parent}"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    faults = [match[1] for line in lines if (match := _FAULT.search(line))]
    return f"{(faults or lines or ['it ended without a word'])[0]} (see {log})"


def _turn_over(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))


def _read_pid(file: Path) -> int | None:
    try:
        return int(file.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _runs(pid: int, marker: str | Path) -> bool:
    """Whether the process lives and has `marker` as its last argument."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")[-1] == os.fsencode(marker)
        except OSError:
            return False
    command = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    shown = subprocess.run(command, check=False, capture_output=True, text=True).stdout  # noqa: S603
    return shown.rstrip().endswith(f" {marker}")


async def _end_orphan(pid: int, program: Program) -> None:
    try:
        os.kill(pid, program.stop_signal)
        if not await _is_gone(pid, program):
            os.kill(pid, signal.SIGKILL)
            await _is_gone(pid, program)
    except ProcessLookupError:
        return
    except PermissionError:
        raise EmbeddedError(f"{program.name} already runs as process {pid} of another user: stop that first") from None


async def _is_gone(pid: int, program: Program) -> bool:
    deadline = time.monotonic() + STOP_SECONDS
    while _runs(pid, program.marker):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_POLL_SECONDS)
    return True
