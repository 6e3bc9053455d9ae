"""What waits in Redis to be flushed: it piles up while Postgres is away, but for some by distinct counter only."""

from collections.abc import Sequence
from typing import NamedTuple

from redis.asyncio import Redis

from adserver.counting import keys
from adserver.counting.flush import META_FIELDS


class Waiting(NamedTuple):
    """Batches set aside, and counters in them and in the live hashes."""

    batches: int
    counters: int


async def waiting(redis: Redis) -> Waiting:
    """Count what waits. Raises RedisError or OSError."""
    pipeline = redis.pipeline(transaction=False)
    for shard in range(keys.SHARDS):
        pipeline.smembers(keys.batches(shard))
        pipeline.hlen(keys.live(shard))
        pipeline.hmget(keys.live(shard), META_FIELDS)
    replies = await pipeline.execute()
    names = [keys.batch(shard, id_.decode()) for shard, ids in enumerate(replies[::3]) for id_ in ids]
    for name in names:
        pipeline.hlen(name)
        pipeline.hmget(name, META_FIELDS)
    found = await pipeline.execute() if names else []
    lengths, metas = replies[1::3] + found[::2], replies[2::3] + found[1::2]
    return Waiting(len(names), sum(map(_counters, lengths, metas)))


def _counters(length: int, meta: Sequence[bytes | None]) -> int:
    """How many counters a hash has, a bundle being one more."""
    bundled = int(meta[-1] or 0)
    return length - sum(value is not None for value in meta) + bundled
