"""Events and batches that a replica must hold as well."""

import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest
from redis.asyncio import Redis

from adserver.counting import flush as flush_module
from adserver.counting import keys
from adserver.counting.commit import GroupCommit, Unavailable
from adserver.counting.counter import Counter, encode
from adserver.counting.events import Metric
from adserver.counting.flush import FenceFailed, FlushFailed, flush_all, flush_shard
from adserver.counting.scripts import CLAIM
from adserver.counting.sighting import AdSighting, Fields, Outcome
from tests.counting.valkey import Node, running
from tests.waiting import until

SHARD = 3
IMPRESSION = encode(Counter(494_000, 1, 5, Metric.IMPRESSION))


class Pair(NamedTuple):
    primary: Node
    replica: Node


@pytest.fixture
async def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    """A primary and the replica that follows it."""
    monkeypatch.setattr(flush_module, "FENCE_MILLISECONDS", 300)
    async with running(tmp_path / "primary", "--repl-diskless-sync-delay", "0") as primary:
        source = ("--replicaof", f"127.0.0.1 {primary.port}")
        async with running(tmp_path / "replica", *source) as replica, primary.client() as redis:
            await until(lambda: _has_replica(redis))
            yield Pair(primary, replica)
            replica.send(signal.SIGCONT)


@pytest.fixture(name="primary")
async def primary_client(pair: Pair) -> AsyncIterator[Redis]:
    async with pair.primary.client() as redis:
        yield redis


@pytest.fixture
async def commit(primary: Redis) -> AsyncIterator[GroupCommit]:
    commit = GroupCommit(primary, SHARD, seen_seconds=100, replicas=1)
    yield commit
    await commit.close()


def impression(bit: int) -> AdSighting:
    return AdSighting(SHARD, keys.seen(SHARD, 9, 0, "i"), bit, Fields(IMPRESSION))


async def stored(connection: asyncpg.Connection) -> int:
    return await connection.fetchval("select coalesce(sum(impressions), 0)::int from hourly")


async def flush_until_stored(redis: Redis, connection: asyncpg.Connection, replicas: int = 0) -> None:
    async def is_stored() -> bool:
        with suppress(FenceFailed):
            return bool(await flush_shard(redis, connection, SHARD, replicas))
        return False

    await until(is_stored)


async def test_an_answered_event_is_on_the_replica(commit: GroupCommit, pair: Pair) -> None:
    assert await commit.submit([impression(1)]) == [Outcome.COUNTED]
    async with pair.replica.client() as replica:
        assert await replica.hget(keys.live(SHARD), IMPRESSION) == b"1"


# Without the write that commit.lua makes when a batch comes again, WAIT on a new connection answered at once: not away.
async def test_without_the_replica_an_event_is_refused_and_counted_once_when_it_is_back(
    commit: GroupCommit, pair: Pair, primary: Redis
) -> None:
    pair.replica.send(signal.SIGSTOP)
    with pytest.raises(Unavailable):
        await commit.submit([impression(1)])
    async with pair.primary.client() as watching:
        before = await _script_calls(watching)
        await primary.connection_pool.disconnect()
        await until(lambda: _has_calls(watching, before + 2))
    assert commit.is_away()
    pair.replica.send(signal.SIGCONT)
    await until(lambda: not commit.is_away())
    assert await commit.submit([impression(1)]) == [Outcome.DUPLICATE]
    assert await primary.hget(keys.live(SHARD), IMPRESSION) == b"1"


async def test_a_batch_is_stored_only_when_the_replica_has_it(
    commit: GroupCommit, pair: Pair, primary: Redis, connection: asyncpg.Connection
) -> None:
    await commit.submit([impression(1)])
    pair.replica.send(signal.SIGSTOP)
    with pytest.raises(FlushFailed):
        await flush_all(primary, connection, replicas=1)
    assert await stored(connection) == 0
    pair.replica.send(signal.SIGCONT)
    await flush_until_stored(primary, connection, replicas=1)
    assert await stored(connection) == 1


async def test_a_claim_made_on_another_connection_is_waited_for(
    commit: GroupCommit, pair: Pair, primary: Redis, connection: asyncpg.Connection
) -> None:
    await commit.submit([impression(1)])
    pair.replica.send(signal.SIGSTOP)
    async with pair.primary.client() as killed:
        assert await CLAIM(killed, [keys.live(SHARD), keys.batches(SHARD)])
    async with pair.primary.client() as fresh:
        with pytest.raises(FenceFailed):
            await flush_shard(fresh, connection, SHARD, replicas=1)
    assert await stored(connection) == 0


async def test_the_fence_waits_for_the_disk(primary: Redis, connection: asyncpg.Connection) -> None:
    # With `no`, the file is synced when the kernel likes, so WAITAOF cannot succeed soon.
    await primary.config_set("appendfsync", "no")
    await primary.hset(keys.live(SHARD), mapping={"id": "00000000-0000-0000-0000-000000000001", IMPRESSION: 1})
    with pytest.raises(FenceFailed):
        await flush_shard(primary, connection, SHARD)
    await primary.config_set("appendfsync", "everysec")
    await flush_until_stored(primary, connection)
    assert await stored(connection) == 1


async def test_without_an_append_only_file_replicas_are_still_waited_for(
    pair: Pair, primary: Redis, connection: asyncpg.Connection
) -> None:
    await primary.config_set("appendonly", "no")
    await primary.hset(keys.live(SHARD), mapping={"id": "00000000-0000-0000-0000-000000000001", IMPRESSION: 1})
    pair.replica.send(signal.SIGSTOP)
    with pytest.raises(FenceFailed):
        await flush_shard(primary, connection, SHARD, replicas=1)
    pair.replica.send(signal.SIGCONT)
    await flush_until_stored(primary, connection, replicas=1)
    assert await stored(connection) == 1


async def _has_replica(redis: Redis) -> bool:
    replication = await redis.info("replication")
    return any(replication.get(f"slave{number}", {}).get("state") == "online" for number in range(2))


async def _script_calls(redis: Redis) -> int:
    return int((await redis.info("commandstats"))["cmdstat_evalsha"]["calls"])


async def _has_calls(redis: Redis, expected: int) -> bool:
    return await _script_calls(redis) >= expected
