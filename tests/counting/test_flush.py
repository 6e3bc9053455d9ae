import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest
from redis.asyncio import Redis

from adserver.counting import keys
from adserver.counting.counter import Counter, encode
from adserver.counting.events import Metric
from adserver.counting.flush import flush_all, flush_shard
from adserver.counting.ledger import store_batch
from adserver.counting.scripts import CLAIM, RELEASE

IMPRESSION = Counter(494_000, 1, 5, Metric.IMPRESSION)
LIVE, BATCH = keys.live(3), keys.batch(3)


async def stored(connection: asyncpg.Connection) -> int:
    return await connection.fetchval("select coalesce(sum(impressions), 0)::int from hourly")


async def claim(redis: Redis) -> UUID:
    return UUID((await redis.register_script(CLAIM)([LIVE, BATCH], [str(uuid4())])).decode())


async def test_counters_of_all_shards_are_moved_to_postgres(redis: Redis, connection: asyncpg.Connection) -> None:
    for shard in range(keys.SHARDS):
        await redis.hincrby(keys.live(shard), encode(IMPRESSION), 2)
    assert await flush_all(redis, connection) == keys.SHARDS
    assert await stored(connection) == 2 * keys.SHARDS
    assert await redis.keys() == []


async def test_nothing_to_flush_is_nothing_done(redis: Redis, connection: asyncpg.Connection) -> None:
    assert await flush_all(redis, connection) == 0
    assert await connection.fetchval("select count(*) from flushed_batch") == 0


async def test_killed_after_the_claim_the_next_flush_stores_it(redis: Redis, connection: asyncpg.Connection) -> None:
    await redis.hincrby(LIVE, encode(IMPRESSION), 2)
    await claim(redis)
    await redis.hincrby(LIVE, encode(IMPRESSION), 5)
    await flush_shard(redis, connection, 3)
    assert await stored(connection) == 2
    await flush_shard(redis, connection, 3)
    assert await stored(connection) == 7


async def test_killed_after_the_commit_the_next_flush_adds_nothing(
    redis: Redis, connection: asyncpg.Connection
) -> None:
    await redis.hincrby(LIVE, encode(IMPRESSION), 2)
    await store_batch(connection, await claim(redis), {IMPRESSION: 2})
    assert await flush_shard(redis, connection, 3) == 0
    assert await stored(connection) == 2
    assert await redis.keys() == []


async def test_a_late_release_does_not_delete_the_next_batch(redis: Redis) -> None:
    await redis.hincrby(LIVE, encode(IMPRESSION), 2)
    await claim(redis)
    assert await redis.register_script(RELEASE)([BATCH], [str(uuid4())]) == 0
    assert await redis.exists(BATCH)


async def test_two_flushers_at_once_store_each_count_once(redis: Redis, database: str) -> None:
    connections = [await asyncpg.connect(database) for _ in range(2)]
    for _ in range(10):
        await redis.hincrby(LIVE, encode(IMPRESSION), 1)
        await asyncio.gather(*(flush_shard(redis, connection, 3) for connection in connections))
    await flush_shard(redis, connections[0], 3)
    assert await stored(connections[0]) == 10
    for connection in connections:
        await connection.close()


async def test_a_failed_flush_loses_nothing(redis: Redis, connection: asyncpg.Connection) -> None:
    await redis.hincrby(LIVE, encode(IMPRESSION), 2)
    await connection.execute("alter table hourly rename to elsewhere")
    with pytest.raises(asyncpg.UndefinedTableError):
        await flush_shard(redis, connection, 3)
    await connection.execute("alter table elsewhere rename to hourly")
    await flush_shard(redis, connection, 3)
    assert await stored(connection) == 2
