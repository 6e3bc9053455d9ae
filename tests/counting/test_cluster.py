"""All of counting on three primaries, one of which is killed on the way."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from redis.asyncio import Redis, RedisCluster

from adserver.connections import open_redis
from adserver.counting import keys
from adserver.counting.commit import GroupCommit, Unavailable
from adserver.counting.counter import Counter, encode
from adserver.counting.events import Metric
from adserver.counting.flush import flush_all
from adserver.counting.readers import ReaderSecrets
from adserver.counting.sighting import AdSighting, Fields, Outcome, view_sighting
from adserver.counting.token import ViewToken
from adserver.counting.upkeep import rewrite_file
from adserver.counting.waiting import Waiting, waiting
from adserver.settings import SettingsError, read_settings
from tests.counting.valkey import Node, running_cluster, until_whole
from tests.waiting import until

HOUR = 494_000
NOW = HOUR * 3600.0
IMPRESSION = encode(Counter(HOUR, 1, 5, Metric.IMPRESSION))
WRITER = 16 * 9


@pytest.fixture(scope="module")
async def nodes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[Node]]:
    async with running_cluster(tmp_path_factory.mktemp("cluster")) as nodes:
        yield nodes


@pytest.fixture
async def cluster(nodes: list[Node]) -> AsyncIterator[Redis]:
    """A client of the emptied cluster, as the service opens it."""
    for node in nodes:
        async with node.client() as redis:
            await redis.flushall()
            await redis.script_flush()
    address = f"redis://127.0.0.1:{nodes[0].port}?cluster=true"
    client = open_redis(read_settings({"ADSERVER_REDIS_URL": address}), reply_seconds=3)
    yield client
    await client.aclose()


@pytest.fixture
async def commit(cluster: Redis) -> AsyncIterator[GroupCommit]:
    commit = GroupCommit(cluster, WRITER, seen_seconds=100)
    yield commit
    await commit.close()


def impression(shard: int, bit: int) -> AdSighting:
    return AdSighting(shard, keys.seen(shard, shard, 0, "i"), bit, Fields(IMPRESSION))


async def report(commit: GroupCommit, shard: int, bit: int) -> list[Outcome]:
    """Send an event as the tag does: again, until it is answered."""
    while True:
        try:
            return await commit.submit([impression(shard, bit)])
        except Unavailable:
            await asyncio.sleep(0.05)


async def stored(connection: asyncpg.Connection) -> int:
    return await connection.fetchval("select coalesce(sum(impressions), 0)::int from hourly")


async def test_the_address_says_that_it_is_a_cluster(cluster: Redis) -> None:
    assert isinstance(cluster, RedisCluster)
    assert await cluster.ping()


@pytest.mark.parametrize("address", ["unix:///x?cluster=true", "redis://x/3?cluster=true", "redis://x?cluster=yes"])
def test_an_address_that_no_cluster_can_have_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="ADSERVER_REDIS_URL"):
        read_settings({"ADSERVER_REDIS_URL": address})


async def test_shards_are_spread_over_the_nodes(cluster: Redis, commit: GroupCommit, nodes: list[Node]) -> None:
    await asyncio.gather(*(report(commit, shard, 0) for shard in range(keys.SHARDS)))
    for node in nodes:
        async with node.client() as redis:
            assert 2 <= len(await redis.keys("live:*")) <= 8


async def test_events_of_all_shards_are_counted_once_and_stored_once(
    cluster: Redis, commit: GroupCommit, connection: asyncpg.Connection
) -> None:
    events = [(shard, bit) for shard in range(keys.SHARDS) for bit in range(20)]
    outcomes = await asyncio.gather(*(report(commit, *event) for event in events * 2))
    assert outcomes.count([Outcome.COUNTED]) == outcomes.count([Outcome.DUPLICATE]) == len(events)
    assert await waiting(cluster) == Waiting(0, keys.SHARDS)
    assert await flush_all(cluster, connection) == keys.SHARDS
    assert await stored(connection) == len(events)
    assert await waiting(cluster) == Waiting(0, 0)


async def test_views_and_their_readers_are_counted(
    cluster: Redis, commit: GroupCommit, connection: asyncpg.Connection
) -> None:
    secrets, local = ReaderSecrets(cluster), datetime.fromtimestamp(NOW, UTC)
    await secrets.prepare(local)
    for number in range(6):
        article, address = f"article-{number % 3}", f"203.0.{number}.7"
        reader = secrets.reader(local, 1, article, address, "Mozilla/5.0")
        await commit.submit([view_sighting(ViewToken(7, number, int(NOW), 1, article), reader, local, NOW)])
    await flush_all(cluster, connection)
    rows = await connection.fetch(
        "select article, views, readers from article_hourly join article_daily using (article)"
    )
    assert sorted(tuple(row) for row in rows) == [("article-0", 2, 2), ("article-1", 2, 2), ("article-2", 2, 2)]


async def test_every_node_is_asked_to_write_its_file_anew(cluster: Redis, nodes: list[Node]) -> None:
    await rewrite_file(cluster)
    for node in nodes:
        async with node.client() as redis:
            await until(lambda redis=redis: _was_rewritten(redis))


async def test_a_node_killed_and_started_again_loses_nothing(
    cluster: Redis, commit: GroupCommit, connection: asyncpg.Connection, nodes: list[Node]
) -> None:
    await asyncio.gather(*(report(commit, shard, 0) for shard in range(keys.SHARDS)))
    nodes[1].kill()
    during = [asyncio.create_task(report(commit, shard, bit)) for shard in range(keys.SHARDS) for bit in range(2)]
    _, lost_for_now = await asyncio.wait(during, timeout=0.5)
    assert lost_for_now
    await nodes[1].start()
    await asyncio.gather(*during)
    for node in nodes:
        await until_whole(node)
    while await waiting(cluster) != Waiting(0, 0):
        await flush_all(cluster, connection)
    assert await stored(connection) == 2 * keys.SHARDS


async def _was_rewritten(redis: Redis) -> bool:
    return (await redis.info("persistence"))["aof_rewrites"] > 0
