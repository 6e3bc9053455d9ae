"""What waits in Redis to be flushed: it piles up while Postgres is away, by distinct counter only."""

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
    replies = await pipeline.execute()
    names = [keys.batch(shard, id_.decode()) for shard, ids in enumerate(replies[::2]) for id_ in ids]
    for name in names:
        pipeline.hlen(name)
    lengths = await pipeline.execute() if names else []
    lengths += replies[1::2]
    return Waiting(len(names), sum(max(0, length - len(META_FIELDS)) for length in lengths))
