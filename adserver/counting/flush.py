"""From Redis to Postgres, shard by shard: claim a batch, fence it, store it once, release it."""

import logging
from collections.abc import AsyncIterator
from datetime import datetime
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from adserver.connections import Connection
from adserver.counting import keys
from adserver.counting.counter import SECONDS_AN_HOUR, AnyCounter, ViewCounter, decode
from adserver.counting.ledger import ArticleReaders, store_batch
from adserver.counting.scripts import CLAIM, RELEASE

logger = logging.getLogger(__name__)

META_FIELDS = (b"id", b"run")
FENCE_MILLISECONDS = 5_000
SCAN_COUNT = 5_000
"""Fields a reply: about half a megabyte, and under 2 ms of Redis' time."""

ZONES = "select id, timezone from site"


class FenceFailed(Exception):
    """The claim could not be shown to be on Redis' disk; the batch stays where it is and is tried again."""


async def flush_all(redis: Redis, connection: Connection, replicas: int = 0) -> int:
    """Flush every shard once; return how many batches were stored. Killed anywhere, the next call carries on."""
    return sum([await flush_shard(redis, connection, shard, replicas) for shard in range(keys.SHARDS)])


async def flush_shard(redis: Redis, connection: Connection, shard: int, replicas: int = 0) -> int:
    """Flush one shard's waiting batches, or else what is live; return how many were stored."""
    claimed: list[bytes] = await CLAIM(redis, [keys.live(shard), keys.batches(shard)])
    if not claimed:
        return 0
    await _fence(redis, keys.live(shard), replicas)
    return sum([await _flush_batch(redis, connection, shard, batch_id.decode()) for batch_id in claimed])


async def _flush_batch(redis: Redis, connection: Connection, shard: int, batch_id: str) -> bool:
    batch = keys.batch(shard, batch_id)
    views: set[ViewCounter] = set()

    async def readers() -> list[ArticleReaders]:
        return await _readers(redis, connection, shard, views)

    is_new = await store_batch(connection, UUID(batch_id), _read(redis, batch, views), readers)
    await RELEASE(redis, [keys.batches(shard), batch], [batch_id])
    return is_new


async def _fence(redis: Redis, key: bytes, replicas: int) -> None:
    """Wait until the claim, and with it every bit set before, is on disk and on `replicas` replicas' disks.

    A Redis that came back without those bits would count a replay of what Postgres has already.
    """
    try:
        reached: list[int] = await redis.execute_command("WAITAOF", 1, replicas, FENCE_MILLISECONDS)  # type: ignore[no-untyped-call]
    except ResponseError as error:
        # Redis before 7.2 has no WAITAOF: `appendfsync always`, which `adserver check` asks for, does the same on its
        # own disk. Without an append-only file there is no disk to wait for, and `adserver check` says so.
        logger.debug("no fence: %s", error)
        return
    if reached[0] < 1 or reached[1] < replicas:
        raise FenceFailed(f"Redis did not confirm the batch on disk within {FENCE_MILLISECONDS} ms")


async def _read(redis: Redis, batch: bytes, views: set[ViewCounter]) -> AsyncIterator[tuple[AnyCounter, int]]:
    """Yield the batch's counters, piece by piece and perhaps some twice; gather the counted views on the way."""
    cursor = 0
    while True:
        cursor, reply = await redis.hscan(batch, cursor, count=SCAN_COUNT)
        for field, amount in cast(dict[bytes, bytes], reply).items():
            if field in META_FIELDS:
                continue
            counter = decode(field)
            if isinstance(counter, ViewCounter) and counter.rejection is None:
                views.add(counter)
            yield counter, int(amount)
        if cursor == 0:
            return


async def _readers(redis: Redis, connection: Connection, shard: int, views: set[ViewCounter]) -> list[ArticleReaders]:
    """Return the estimated readers of the articles that the batch has views of."""
    if not views:
        return []
    zones = {row["id"]: ZoneInfo(row["timezone"]) for row in await connection.fetch(ZONES)}
    days = {_article_day(view, zones) for view in views}
    articles = sorted(days)
    async with redis.pipeline(transaction=False) as pipeline:
        for day, site_id, article, _ in articles:
            pipeline.pfcount(keys.readers(shard, site_id, article, day))
        counts = await pipeline.execute()
    return [article._replace(readers=count) for article, count in zip(articles, counts, strict=True)]


def _article_day(view: ViewCounter, zones: dict[int, ZoneInfo]) -> ArticleReaders:
    day = datetime.fromtimestamp(view.hour * SECONDS_AN_HOUR, zones.get(view.site_id, ZoneInfo("UTC"))).date()
    return ArticleReaders(day, view.site_id, view.article, 0)
