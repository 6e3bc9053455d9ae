"""From Redis to Postgres: claim each shard's batch, fence it, store all once, release them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import NamedTuple, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from adserver.connections import Connection
from adserver.counting import keys
from adserver.counting.bundle import is_bundle, unpack
from adserver.counting.counter import SECONDS_AN_HOUR, ViewCounter, decode
from adserver.counting.ledger import ArticleReaders, Batch, Piece, store_batches
from adserver.counting.scripts import CLAIM, RELEASE

logger = logging.getLogger(__name__)

META_FIELDS = (b"id", b"run", b"bundled")
FENCE_MILLISECONDS = 5_000
SCAN_COUNT = 5_000
"""Fields a reply: about half a megabyte, and under 2 ms of Redis' time."""

ZONES = "select id, timezone from site"


class FenceFailed(Exception):
    """The claim could not be shown to be on Redis' disk; the batch stays where it is and is tried again."""


class FlushFailed(Exception):
    """Some shards or batches were not flushed, for these reasons, and stay where they are; `stored` batches were."""

    def __init__(self, stored: int, failures: Sequence[Exception]) -> None:
        super().__init__(f"{len(failures)} shards or batches, the first: {failures[0] or type(failures[0]).__name__}")
        self.stored = stored
        self.failures = failures


NOT_CLAIMED = (RedisError, OSError, FenceFailed)


class Claimed(NamedTuple):
    """A batch that waits, fenced."""

    shard: int
    batch_id: str


async def flush_all(redis: Redis, connection: Connection, replicas: int = 0) -> int:
    """Flush every shard once; return how many batches were stored. Killed anywhere, the next call carries on.

    What cannot be flushed keeps nothing else back: FlushFailed is raised in the end. What closes the connection to
    Postgres is raised at once.
    """
    # All at once, since with `appendfsync everysec` each waits for the next second.
    claims = await asyncio.gather(*(_try_claim(redis, shard, replicas) for shard in range(keys.SHARDS)))
    failures = [claim for claim in claims if isinstance(claim, Exception)]
    claimed = [batch for claim in claims if not isinstance(claim, Exception) for batch in claim]
    try:
        stored = await _flush(redis, connection, claimed)
    except Exception as error:  # whatever it is, it may be the fault of one batch
        if connection.is_closed():
            raise
        logger.warning("%d batches are stored one by one: %r", len(claimed), error)
        stored = await _flush_each(redis, connection, claimed, failures)
    if failures:
        raise FlushFailed(stored, failures)
    return stored


async def flush_shard(redis: Redis, connection: Connection, shard: int, replicas: int = 0) -> int:
    """Flush one shard's waiting batches, or else what is live; return how many were stored."""
    return await _flush(redis, connection, await _claim(redis, shard, replicas))


async def _flush_each(
    redis: Redis, connection: Connection, claimed: Sequence[Claimed], failures: list[Exception]
) -> int:
    stored = 0
    for batch in claimed:
        try:
            stored += await _flush(redis, connection, [batch])
        except Exception as error:  # whatever is wrong with one batch, the others are stored
            if connection.is_closed():
                raise
            logger.error("batch %s of shard %d was not stored: %r", batch.batch_id, batch.shard, error)
            failures.append(error)
    return stored


async def _flush(redis: Redis, connection: Connection, claimed: Sequence[Claimed]) -> int:
    """Store batches together, then delete them; return how many were new."""
    if not claimed:
        return 0
    views: set[ViewCounter] = set()

    async def readers() -> list[ArticleReaders]:
        return await _readers(redis, connection, views)

    names = [keys.batch(shard, batch_id) for shard, batch_id in claimed]
    sizes = await _sizes(redis, names)
    # One that is gone was stored by another flusher, or its Redis came back older: then its counters are live again
    # under the same id, and to note it as stored would lose them.
    there = [(batch, name, size) for batch, name, size in zip(claimed, names, sizes, strict=True) if size is not None]
    batches = [Batch(UUID(batch.batch_id), _read(redis, name, views), size) for batch, name, size in there]
    stored = await store_batches(connection, batches, readers)
    for (shard, batch_id), name, _ in there:
        await RELEASE(redis, [keys.batches(shard), name], [batch_id])
    return stored


async def _try_claim(redis: Redis, shard: int, replicas: int) -> list[Claimed] | Exception:
    try:
        return await _claim(redis, shard, replicas)
    except NOT_CLAIMED as error:
        return error


async def _claim(redis: Redis, shard: int, replicas: int) -> list[Claimed]:
    """Return the shard's waiting batches once they are fenced.

    The fence: the claim, and with it every bit set before, is on disk and on `replicas` replicas' disks. A Redis that
    came back without those bits would count a replay of what Postgres has already. It waits for writes of its own
    connection only, so it follows the script there.
    """
    names = [keys.live(shard), keys.batches(shard)]
    claimed, reached = await CLAIM.then(redis, names, (), ("WAITAOF", 1, replicas, FENCE_MILLISECONDS))
    if isinstance(reached, ResponseError):
        # Redis before 7.2 has no WAITAOF: `appendfsync always`, which `adserver check` asks for, does the same on its
        # own disk. Without an append-only file there is no disk to wait for, and `adserver check` says so.
        logger.debug("no fence: %s", reached)
        claimed, held = await CLAIM.then(redis, names, (), ("WAIT", replicas, FENCE_MILLISECONDS))
        reached = held if isinstance(held, RedisError) else [1, held]
    if isinstance(reached, RedisError):
        raise reached
    if claimed and (reached[0] < 1 or reached[1] < replicas):
        raise FenceFailed(
            f"within {FENCE_MILLISECONDS} ms a batch was on {reached[0]} of 1 disk of Redis "
            f"and on {reached[1]} of {replicas} disks of replicas"
        )
    return [Claimed(shard, batch_id.decode()) for batch_id in claimed]


async def _sizes(redis: Redis, batches: Sequence[bytes]) -> list[int | None]:
    """Return how many counters and bundles each batch has, None where it is gone.

    What is read is compared with it, since a cursor means nothing to a Redis that was started anew, or took another's
    place, while a batch was read.
    """
    pipeline = redis.pipeline(transaction=False)
    for batch in batches:
        pipeline.execute_command("HLEN", batch)
        pipeline.execute_command("HMGET", batch, *META_FIELDS)
    replies = await pipeline.execute()
    return [
        None if meta[0] is None else length - sum(value is not None for value in meta)
        for length, meta in zip(replies[::2], replies[1::2], strict=True)
    ]


async def _read(redis: Redis, batch: bytes, views: set[ViewCounter]) -> AsyncIterator[Piece]:
    """Yield the batch's counters, piece by piece and perhaps some twice; gather the counted views on the way."""
    cursor = 0
    bundles: set[bytes] = set()
    while True:
        cursor, reply = await redis.hscan(batch, cursor, count=SCAN_COUNT)
        fields = cast(dict[bytes, bytes], reply)
        for name in META_FIELDS:
            fields.pop(name, None)
        for name in list(filter(is_bundle, fields)):
            bundle = fields.pop(name)
            if name not in bundles:
                bundles.add(name)
                yield Piece([(decode(field), amount) for field, amount in unpack(bundle)], len(bundles))
        counts = [(decode(field), int(amount)) for field, amount in fields.items()]
        views.update(each for each, _ in counts if isinstance(each, ViewCounter) and each.rejection is None)
        yield Piece(counts)
        if cursor == 0:
            return


async def _readers(redis: Redis, connection: Connection, views: set[ViewCounter]) -> list[ArticleReaders]:
    """Return the estimated readers of the articles that the batches have views of."""
    if not views:
        return []
    zones = {row["id"]: ZoneInfo(row["timezone"]) for row in await connection.fetch(ZONES)}
    days = {_article_day(view, zones) for view in views}
    articles = sorted(days)
    pipeline = redis.pipeline(transaction=False)
    for day, site_id, article, _ in articles:
        # The cluster's pipeline refuses `pfcount`, since it may name keys of several nodes.
        shard = keys.shard_of_article(site_id, article)
        pipeline.execute_command("PFCOUNT", keys.readers(shard, site_id, article, day))
    counts = await pipeline.execute()
    return [article._replace(readers=count) for article, count in zip(articles, counts, strict=True)]


def _article_day(view: ViewCounter, zones: dict[int, ZoneInfo]) -> ArticleReaders:
    day = datetime.fromtimestamp(view.hour * SECONDS_AN_HOUR, zones.get(view.site_id, ZoneInfo("UTC"))).date()
    return ArticleReaders(day, view.site_id, view.article, 0)
