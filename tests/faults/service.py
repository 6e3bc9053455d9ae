"""The service under its supervisor, with its servers behind wires that can be cut."""

import asyncio
import os
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import asyncpg
import psutil
from redis.asyncio import Redis

from adserver.embedded import EmbeddedPostgres, EmbeddedValkey
from adserver.embedded.directory import data_directory
from adserver.inventory.apply import apply_text
from adserver.schema import migrate
from tests.faults.inventory import inventory_text
from tests.faults.proxy import Proxy

ROOT = Path(__file__).parents[2]
WORKER = "adserver.process.worker"
FLUSHER = "adserver.counting.flusher"
STOP_SECONDS = 60.0


class Wires(NamedTuple):
    """Between the service's processes and its servers."""

    valkey: Proxy
    postgres: Proxy


@dataclass(slots=True)
class Service:
    """`postgres` and `valkey` are started again by whoever kills them, web workers and flusher by the supervisor."""

    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    wires: Wires
    database_url: str
    redis_url: str
    supervisor: Process
    port: int
    environment: dict[str, str]

    @property
    def journal(self) -> Path:
        """Where workers keep what they could not count yet."""
        return Path(self.environment["ADSERVER_DATA_DIR"]) / "journal"

    def pids(self, module: str) -> list[int]:
        """Return the processes that run a module under the supervisor."""
        children = psutil.Process(self.supervisor.pid).children()
        return sorted(child.pid for child in children if module in _command(child))

    def postgres_pids(self) -> list[int]:
        """Return all processes of Postgres, the parent first."""
        assert self.postgres.pid is not None
        parent = psutil.Process(self.postgres.pid)
        return [parent.pid, *(child.pid for child in parent.children(recursive=True))]

    async def command(self, *arguments: str) -> str:
        """Run a command of ours beside the service; return what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "adserver", *arguments),
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, arguments
        return output.decode()

    async def stop(self) -> int:
        """Ask the supervisor to stop; return its exit code."""
        self.supervisor.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.supervisor.wait(), STOP_SECONDS)


@asynccontextmanager
async def running_service(directory: Path) -> AsyncIterator[Service]:
    """Run everything with its data in the directory: Postgres and Valkey write every answered change to disk."""
    postgres, valkey = EmbeddedPostgres(directory), EmbeddedValkey(directory)
    paths = data_directory(directory)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(postgres.stop)
        stack.push_async_callback(valkey.stop)
        database_url, redis_url = await postgres.start(), await valkey.start()
        await _prepare(database_url, directory)
        wires = Wires(
            await stack.enter_async_context(Proxy(paths.valkey_socket, b"EVALSHA")),
            await stack.enter_async_context(Proxy(paths.postgres_socket / ".s.PGSQL.5432", b"COMMIT")),
        )
        environment = _environment(directory, wires)
        supervisor, port = await _start(environment, directory)
        stack.push_async_callback(_kill, supervisor)
        yield Service(postgres, valkey, wires, database_url, redis_url, supervisor, port, environment)


@asynccontextmanager
async def connected(service: Service) -> AsyncIterator[tuple[Redis, asyncpg.Connection]]:
    """Connect to the servers themselves, past the wires."""
    connection = await asyncpg.connect(service.database_url)
    try:
        async with Redis.from_url(service.redis_url) as redis:
            yield redis, connection
    finally:
        await connection.close()


async def _prepare(database_url: str, directory: Path) -> None:
    connection = await asyncpg.connect(database_url)
    await migrate(connection)
    await apply_text(connection, inventory_text(), directory, prune=False, dry_run=False)
    await connection.close()


def _environment(directory: Path, wires: Wires) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ADSERVER_")}
    return clean | {
        "ADSERVER_DATABASE_URL": f"postgresql://adserver@127.0.0.1:{wires.postgres.port}/adserver?sslmode=disable",
        "ADSERVER_REDIS_URL": f"redis://127.0.0.1:{wires.valkey.port}",
        "ADSERVER_SECRET_KEY": "the secret of the fault tests, 42 letters",
        "ADSERVER_DATA_DIR": str(directory / "service"),
        "ADSERVER_PORT": "0",
        "ADSERVER_WORKERS": "2",
        "ADSERVER_FLUSH_SECONDS": "0.5",
        "ADSERVER_TRUSTED_PROXIES": "127.0.0.0/8",
    }


async def _start(environment: dict[str, str], directory: Path) -> tuple[Process, int]:
    with (directory / "service.log").open("wb") as log:
        supervisor = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "adserver", "serve"),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert supervisor.stdout is not None
    line = (await supervisor.stdout.readline()).decode()
    assert line, (directory / "service.log").read_text()
    return supervisor, int(line.rpartition(":")[2])


async def _kill(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
