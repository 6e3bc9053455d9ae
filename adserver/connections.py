"""How the service connects to Postgres and Redis: one place for time-outs and formats."""

from typing import TypeAlias

import asyncpg
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from adserver.settings import Settings

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
"""A connection of one's own or of a pool."""
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

CONNECT_SECONDS = 5.0
REPLY_SECONDS = 1.0
COMMAND_SECONDS = 30.0


def open_redis(settings: Settings, reply_seconds: float = REPLY_SECONDS) -> Redis:
    """Return a client that connects on first use. Nothing is retried unseen: who sends knows what may be repeated."""
    if settings.redis_url is None:
        raise ValueError("redis_url is not set")
    return Redis.from_url(
        settings.redis_url,
        socket_connect_timeout=REPLY_SECONDS,
        socket_timeout=reply_seconds,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )


async def open_connection(settings: Settings) -> "asyncpg.Connection[asyncpg.Record]":
    """Connect to Postgres. Raises OSError or asyncpg.PostgresError."""
    return await asyncpg.connect(settings.database_url, timeout=CONNECT_SECONDS, command_timeout=COMMAND_SECONDS)


async def open_pool(settings: Settings, size: int) -> Pool:
    """Return a pool that holds no connection yet, so that it can be made while Postgres is away."""
    return await asyncpg.create_pool(
        settings.database_url, min_size=0, max_size=size, timeout=CONNECT_SECONDS, command_timeout=COMMAND_SECONDS
    )
