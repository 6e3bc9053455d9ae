"""How the service connects to Postgres and Redis: one place for time-outs and formats."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import IntEnum, unique
from typing import Any, Self, TypeAlias, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

import asyncpg
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException

from adserver.settings import Settings

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
"""A connection of one's own or of a pool."""
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


@unique
class AdvisoryLock(IntEnum):
    """What one process of a fleet does at a time. The numbers are any of our own; to change one is to let two releases
    do it at once."""

    SCHEMA = 0x61647365
    INVENTORY = 0x61647370
    FLUSHER = 0x61647376
    PLANNER = 0x61647377


CONNECT_SECONDS = 5.0
REPLY_SECONDS = 1.0
COMMAND_SECONDS = 30.0
CLOSE_SECONDS = 1.0

POSTGRES_FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a Postgres that is away, or that has gone meanwhile, makes of a call; a time-out is an OSError."""

# A session whose client's machine vanished ends within 8 s, and with it its locks: the flusher's lease too.
_SERVER_SETTINGS = {
    "tcp_keepalives_idle": "3",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "7000",
}


def open_redis(settings: Settings, reply_seconds: float = REPLY_SECONDS) -> Redis:
    """Return a client that connects on first use. Nothing is retried unseen: who sends knows what may be repeated.

    With `?cluster=true` in the address it is one of a cluster, which has the same methods and finds a shard's node.
    """
    if settings.redis_url is None:
        raise ValueError("redis_url is not set")
    address, is_cluster = _without_cluster(settings.redis_url)
    options: dict[str, Any] = {
        "socket_connect_timeout": REPLY_SECONDS,
        "socket_timeout": reply_seconds,
        "retry": Retry(NoBackoff(), 0),
        "health_check_interval": 0,
    }
    if is_cluster:
        # Every shard that moves is followed by itself: to read all places anew, the client would cut all connections.
        return cast(Redis, _Cluster.from_url(address, reinitialize_steps=0, **options))
    return Redis.from_url(address, **options)


class _Cluster(RedisCluster):
    """A client that knows the nodes before its first command, and takes a cluster that cannot be reached for a server
    that is away."""

    async def execute_command(self, *arguments: Any, **options: Any) -> Any:
        await self.initialize()
        return await super().execute_command(*arguments, **options)

    async def initialize(self, *arguments: Any, **options: Any) -> Self:
        try:
            await super().initialize(*arguments, **options)
        except RedisClusterException as error:
            raise RedisConnectionError(str(error)) from error
        return self


def _without_cluster(url: str) -> tuple[str, bool]:
    """Return the address without the option that is ours, and whether it was there."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    is_cluster = options.pop("cluster", "false") == "true"
    return parts._replace(query=urlencode(options)).geturl(), is_cluster


@asynccontextmanager
async def open_connection(
    settings: Settings, command_seconds: float = COMMAND_SECONDS
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Connect to Postgres, and disconnect from one that may have gone meanwhile. Raises one of POSTGRES_FAILURES."""
    connection = await asyncpg.connect(
        settings.database_url,
        timeout=CONNECT_SECONDS,
        command_timeout=command_seconds,
        server_settings=_SERVER_SETTINGS,
    )
    try:
        yield connection
    finally:
        with suppress(*POSTGRES_FAILURES):
            await connection.close(timeout=CLOSE_SECONDS)


async def open_pool(settings: Settings, size: int) -> Pool:
    """Return a pool that holds no connection yet, so that it can be made while Postgres is away."""
    return await asyncpg.create_pool(
        settings.database_url, min_size=0, max_size=size, timeout=CONNECT_SECONDS, command_timeout=COMMAND_SECONDS
    )


async def close_pool(pool: Pool) -> None:
    """Close the connections once they were given back. Those that Postgres leaves without an answer are cut."""
    with suppress(*POSTGRES_FAILURES):
        await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
