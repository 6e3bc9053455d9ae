"""Keeps the parts of the service running: what ends is started again, sooner or later."""

import asyncio
import contextlib
import logging
import signal
import subprocess
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from adserver.embedded.errors import EmbeddedError
from adserver.embedded.server import end

_log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
# What ran this long before it ended is started again without a pause.
STABLE_SECONDS = 10.0
STOP_SECONDS = 10.0


class Part(Protocol):
    """A process of the service."""

    name: str

    @property
    def pid(self) -> int | None: ...

    async def start(self) -> object: ...

    async def wait(self) -> int: ...

    async def stop(self) -> None: ...


class Child:
    """One of our own modules as a process in a session of its own, so that Ctrl-C reaches only the supervisor."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], fds: Sequence[int] = ()):
        self.name = name
        self._command = (sys.executable, "-m", "adserver.process.child", *arguments)
        self._environment = environment
        self._fds = fds
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            env=self._environment,
            stdin=subprocess.PIPE,
            pass_fds=self._fds,
            start_new_session=True,
        )

    async def wait(self) -> int:
        assert self._process is not None  # noqa: S101
        return await self._process.wait()

    async def stop(self) -> None:
        """Ask it to stop, and kill it when that takes too long."""
        if self._process is None:
            return
        if not await end(self._process, signal.SIGTERM, STOP_SECONDS):
            _log.warning("%s did not stop within %g s and was killed", self.name, STOP_SECONDS)


async def keep_running(part: Part, ended: Callable[[int], None]) -> None:
    """Start the part again whenever it ends, until cancelled; `ended` is told the process id of each that did."""
    pause = 0.0
    while True:
        since = time.monotonic()
        code = await part.wait()
        if part.pid is not None:
            ended(part.pid)
        pause = next_pause(pause, time.monotonic() - since)
        _log.warning("%s ended (%s) and is started again in %g s", part.name, describe_exit(code), pause)
        await asyncio.sleep(pause)
        try:
            await part.start()
        except (EmbeddedError, OSError) as error:
            _log.error("%s", error)


def next_pause(pause: float, ran: float) -> float:
    """Seconds until the next start of what ended after running for `ran` seconds, when the pause before was `pause`."""
    if ran >= STABLE_SECONDS:
        return 0.0
    return min(max(2 * pause, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)


def describe_exit(code: int) -> str:
    """An exit code in words: a negative one is the signal that ended the process."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


@contextlib.asynccontextmanager
async def running(parts: Sequence[Part]) -> AsyncIterator[None]:
    """Start the parts in order, and stop them all at once in the end."""
    try:
        for part in parts:
            await part.start()
        yield
    finally:
        await asyncio.gather(*(part.stop() for part in parts))
