import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest
from redis.asyncio import Redis

from adserver.counting import flush as flush_module
from adserver.counting import keys
from adserver.counting.commit import GroupCommit
from adserver.counting.counter import Counter, encode
from adserver.counting.events import Metric
from adserver.counting.flush import FlushFailed, flush_all, flush_shard
from adserver.counting.ledger import store_batch
from adserver.counting.scripts import CLAIM
from adserver.counting.shard import AMOUNT_LIMIT

IMPRESSION = Counter(494_000, 1, 5, Metric.IMPRESSION)


async def count(redis: Redis, amount: int, shard: int = 3) -> None:
    """Add to the live counters as `commit.lua` does."""
    await redis.hsetnx(keys.live(shard), "id", str(uuid4()))
    await redis.hincrby(keys.live(shard), encode(IMPRESSION), amount)


async def claim(redis: Redis) -> UUID:
    [batch_id] = await CLAIM(redis, [keys.live(3), keys.batches(3)])
    return UUID(batch_id.decode())


async def stored(connection: asyncpg.Connection) -> int:
    return await connection.fetchval("select coalesce(sum(impressions), 0)::int from hourly")


async def test_counters_of_all_shards_are_moved_to_postgres(redis: Redis, connection: asyncpg.Connection) -> None:
    for shard in range(keys.SHARDS):
        await count(redis, 2, shard)
    assert await flush_all(redis, connection) == keys.SHARDS
    assert await stored(connection) == 2 * keys.SHARDS
    assert await redis.keys() == []


async def test_nothing_to_flush_is_nothing_done(redis: Redis, connection: asyncpg.Connection) -> None:
    assert await flush_all(redis, connection) == 0
    assert await connection.fetchval("select count(*) from flushed_batch") == 0


async def test_killed_after_the_claim_the_next_flush_stores_it(redis: Redis, connection: asyncpg.Connection) -> None:
    await count(redis, 2)
    await claim(redis)
    await count(redis, 5)
    await flush_shard(redis, connection, 3)
    assert await stored(connection) == 2
    await flush_shard(redis, connection, 3)
    assert await stored(connection) == 7


async def test_killed_after_the_commit_the_next_flush_adds_nothing(
    redis: Redis, connection: asyncpg.Connection
) -> None:
    await count(redis, 2)
    await store_batch(connection, await claim(redis), {IMPRESSION: 2})
    assert await flush_shard(redis, connection, 3) == 0
    assert await stored(connection) == 2
    assert await redis.keys() == []


async def test_counters_pile_up_in_one_place_while_a_batch_waits(redis: Redis) -> None:
    await count(redis, 2)
    first = await claim(redis)
    await count(redis, 5)
    assert await claim(redis) == first
    assert await redis.hget(keys.live(3), encode(IMPRESSION)) == b"5"


class HandsOutTwice:
    """A Redis that hands out all of a hash a second time while it is read, as it may."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def __getattr__(self, name: str) -> object:
        return getattr(self._redis, name)

    async def hscan(self, name: bytes, cursor: int, count: int) -> tuple[int, dict[bytes, bytes]]:
        _, fields = await self._redis.hscan(name, 0, count=count)
        return int(cursor == 0), fields


# Its number is that of its first time: counted anew, the first of two bundles was added twice.
async def test_bundles_that_redis_hands_out_twice_are_added_once(redis: Redis, connection: asyncpg.Connection) -> None:
    commit = GroupCommit(redis, 3, seen_seconds=100)
    commit.add(encode(IMPRESSION._replace(creative_id=number)) for number in range(AMOUNT_LIMIT + 1))
    await commit.close()
    await count(redis, 2)
    assert await flush_shard(HandsOutTwice(redis), connection, 3) == 1
    assert await stored(connection) == AMOUNT_LIMIT + 1 + 2


async def test_two_flushers_at_once_store_each_count_once(redis: Redis, database: str) -> None:
    connections = [await asyncpg.connect(database) for _ in range(2)]
    for _ in range(10):
        await count(redis, 1)
        await asyncio.gather(*(flush_shard(redis, connection, 3) for connection in connections))
    await flush_shard(redis, connections[0], 3)
    assert await stored(connections[0]) == 10
    for connection in connections:
        await connection.close()


async def test_one_bad_batch_keeps_no_other_back(redis: Redis, connection: asyncpg.Connection) -> None:
    for shard in range(keys.SHARDS):
        await count(redis, 2, shard)
    await redis.hset(keys.live(3), b"\xff", 1)
    with pytest.raises(FlushFailed) as failed:
        await flush_all(redis, connection)
    assert failed.value.stored == keys.SHARDS - 1
    assert await stored(connection) == 2 * (keys.SHARDS - 1)
    assert await redis.keys() != []


async def test_a_failed_flush_loses_nothing(redis: Redis, connection: asyncpg.Connection) -> None:
    await count(redis, 2)
    await connection.execute("alter table hourly rename to elsewhere")
    with pytest.raises(asyncpg.UndefinedTableError):
        await flush_shard(redis, connection, 3)
    await connection.execute("alter table elsewhere rename to hourly")
    await flush_shard(redis, connection, 3)
    assert await stored(connection) == 2


async def test_a_batch_that_came_to_life_again_before_it_was_read_is_stored_later(
    redis: Redis, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when Redis comes back as it was before the claim. Noting the empty batch as stored loses the counters."""
    await count(redis, 2)
    batch = keys.batch(3, (await redis.hget(keys.live(3), "id")).decode())

    async def claimed_and_undone(*_: object) -> list[flush_module.Claimed]:
        batch_id = await claim(redis)
        await redis.rename(batch, keys.live(3))
        await redis.delete(keys.batches(3))
        return [flush_module.Claimed(3, str(batch_id))]

    with monkeypatch.context() as patched:
        patched.setattr(flush_module, "_claim", claimed_and_undone)
        assert await flush_shard(redis, connection, 3) == 0
    await flush_shard(redis, connection, 3)
    assert await stored(connection) == 2
