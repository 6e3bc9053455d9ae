"""Real servers for the tests: one PostgreSQL and one Valkey a session, a fresh database and an empty Valkey a test."""

import asyncio
import itertools
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio

from adserver.embedded import EmbeddedPostgres, EmbeddedValkey
from adserver.schema import migrate

_ROOM_BYTES = 2_000_000_000
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Servers:
    """`template_url` is a migrated database that nobody may stay connected to."""

    template_url: str
    redis_url: str

    def database_url(self, name: str) -> str:
        return self.template_url.replace("/adserver?", f"/{name}?")


@pytest.fixture(scope="session")
async def servers() -> AsyncIterator[Servers]:
    directory = short_directory()
    postgres = EmbeddedPostgres(directory, settings={"fsync": "off"})
    valkey = EmbeddedValkey(directory)
    try:
        template_url, redis_url = await asyncio.gather(postgres.start(), valkey.start())
        connection = await asyncpg.connect(template_url)
        await migrate(connection)
        await connection.close()
        yield Servers(template_url, redis_url)
    finally:
        await asyncio.gather(postgres.stop(), valkey.stop())
        remove(directory)


@pytest.fixture
async def empty_database(servers: Servers) -> AsyncIterator[str]:
    """The DSN of a database without our schema, dropped after the test."""
    async for url in _new_database(servers, "template0"):
        yield url


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[str]:
    """The DSN of a fresh database with our schema, dropped after the test."""
    async for url in _new_database(servers, "adserver"):
        yield url


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@pytest.fixture
async def redis_url(servers: Servers) -> str:
    """The URL of the Valkey, emptied for the test."""
    async with redis.asyncio.from_url(servers.redis_url) as client:
        await client.flushall()
    return servers.redis_url


@pytest.fixture(name="redis")
async def redis_client(redis_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    async with redis.asyncio.from_url(redis_url) as client:
        yield client


async def _new_database(servers: Servers, template: str) -> AsyncIterator[str]:
    name = f"test_{next(_numbers)}"
    administrator = await asyncpg.connect(servers.database_url("postgres"))
    await administrator.execute(f"create database {name} template {template} strategy file_copy")
    yield servers.database_url(name)
    await administrator.execute(f"drop database {name} with (force)")
    await administrator.close()


@pytest.fixture(scope="session")
async def postgres_data() -> AsyncIterator[Path]:
    """A data directory whose database was created, which takes seconds on a busy machine."""
    parent = short_directory()
    postgres = EmbeddedPostgres(parent / "data", settings={"fsync": "off"})
    await postgres.start()
    await postgres.stop()
    yield parent / "data"
    remove(parent)


@pytest.fixture
def data_dir(postgres_data: Path) -> Iterator[Path]:
    """A copy of that directory, for embedded servers of a test's own."""
    parent = short_directory()
    subprocess.run(["cp", "-a", str(postgres_data), str(parent)], check=True)
    yield parent / "data"
    remove(parent)


@pytest.fixture
def new_data_dir() -> Iterator[Path]:
    """A data directory that does not exist yet."""
    parent = short_directory()
    yield parent / "data"
    remove(parent)


def free_port() -> int:
    """A port that nobody has now: for a server that cannot be given an open socket."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def remove(directory: Path) -> None:
    """Remove a directory in which a server that was killed may still be ending."""
    deadline = time.monotonic() + 10
    while directory.exists():
        shutil.rmtree(directory, ignore_errors=time.monotonic() < deadline)
        time.sleep(0.05)


def short_directory() -> Path:
    """Not under pytest's own folder, which pytest closes to PostgreSQL's account and which makes long socket paths.

    In memory where there is room: what a disk does when the power fails is not tested, and others may keep it busy.
    """
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > _ROOM_BYTES
    directory = Path(tempfile.mkdtemp(prefix="adserver-tests-", dir=memory if has_room else None))
    directory.chmod(0o711)
    return directory
