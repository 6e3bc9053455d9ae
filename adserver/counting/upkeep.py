"""What the active flusher does beside flushing: old batch ids are forgotten, and keys of readers leave the disk."""

import logging
import time

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import ResponseError

from adserver.connections import Connection
from adserver.counting import keys
from adserver.counting.ledger import prune_ledger

logger = logging.getLogger(__name__)

LEDGER_DAYS = 7
"""How old a Redis may be that is restored from a dump or a stopped replica without offering Postgres a batch whose id
it has forgotten. A row takes some 100 bytes; 16 shards flushed every 2 s make 0.7 million a day."""

PRUNE_SECONDS = 3600.0

REWRITE_SECONDS = 11 * 3600
"""A day's key of readers expires after 36 hours at most, but the append-only file holds it until it is rewritten:
twice a day makes 47 hours."""


class Upkeep:
    """Called after each flush; does what is due."""

    def __init__(self) -> None:
        self._pruned: float | None = None

    async def __call__(self, redis: Redis, connection: Connection) -> None:
        now = time.monotonic()
        if self._pruned is None or now - self._pruned >= PRUNE_SECONDS:
            await prune_ledger(connection, LEDGER_DAYS)
            await rewrite_file(redis)
            self._pruned = now


async def rewrite_file(redis: Redis) -> None:
    """Ask Redis to write its append-only file anew, unless a flusher of the fleet did in the last REWRITE_SECONDS."""
    if not await redis.set(keys.rewritten(), 1, nx=True, ex=REWRITE_SECONDS):
        return
    try:
        if isinstance(redis, RedisCluster):
            await redis.execute_command("BGREWRITEAOF", target_nodes=redis.get_nodes())
        else:
            await redis.execute_command("BGREWRITEAOF")  # type: ignore[no-untyped-call]
    except ResponseError as error:
        # Managed servers forbid it, and rewrite the file by their own rules.
        logger.info("Redis does not rewrite its file when asked: %s", error)
