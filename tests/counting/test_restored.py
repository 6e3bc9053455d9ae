"""A Redis that comes back older than what Postgres has: nothing is counted twice, and counting goes on."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis

from adserver.counting import flush as flush_module
from adserver.counting import keys
from adserver.counting.commit import GroupCommit
from adserver.counting.counter import Counter, encode
from adserver.counting.events import Metric
from adserver.counting.flush import FenceFailed, flush_shard
from adserver.counting.sighting import AdSighting, Fields
from adserver.embedded.binaries import valkey_binary
from tests.counting.stepping import SteppingFlusher
from tests.faults.proxy import Proxy
from tests.servers import free_port
from tests.waiting import until

SHARD = 3
BLOCK = keys.seen(SHARD, 9, 0, "i")
IMPRESSION = encode(Counter(494_000, 1, 5, Metric.IMPRESSION))
FOREVER_SECONDS = 3600.0


class Node(NamedTuple):
    """A Valkey of the test's own."""

    directory: Path
    socket: Path
    process: subprocess.Popen[bytes]

    def client(self) -> Redis:
        return Redis(unix_socket_path=str(self.socket))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def started(directory: Path, *options: str) -> Iterator[Node]:
    """Start a Valkey on the directory, which may hold data; it is killed in the end."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "valkey.sock"
    durable = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")
    command = [valkey_binary(), "--unixsocket", path, "--dir", directory, *durable, *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield Node(directory, path, process)
        finally:
            process.kill()


async def wait_until_up(redis: Redis) -> None:
    await until(redis.ping)


async def wait_until_replicated(redis: Redis) -> None:
    """The replica writes its own file from scratch first; only what is written here can be waited for here."""
    reached = [0, 0]
    while reached[1] < 1:
        pipeline = redis.pipeline(transaction=False)
        pipeline.set("waited-for", 1)
        pipeline.execute_command("WAITAOF", 1, 1, 100)
        _, reached = await pipeline.execute()


@asynccontextmanager
async def counting(redis: Redis, writer: int) -> AsyncIterator[GroupCommit]:
    commit = GroupCommit(redis, writer * keys.SHARDS + SHARD, seen_seconds=100)
    yield commit
    await commit.close()


async def count(redis: Redis, *tokens: int, writer: int = 1) -> None:
    """Report impressions of tokens by a web worker that starts and stops."""
    async with counting(redis, writer) as commit:
        await commit.submit([AdSighting(SHARD, BLOCK, token, Fields(IMPRESSION)) for token in tokens])


async def stored(connection: asyncpg.Connection) -> int:
    return await connection.fetchval("select coalesce(sum(impressions), 0)::int from hourly")


async def live_id(redis: Redis) -> UUID:
    return UUID((await redis.hget(keys.live(SHARD), "id")).decode())


async def flush_everything(redis: Redis, connection: asyncpg.Connection) -> None:
    while await redis.exists(keys.live(SHARD), keys.batches(SHARD)):
        await flush_shard(redis, connection, SHARD)


def without_port() -> tuple[str, str]:
    return ("--port", "0")


@pytest.fixture
async def put_back(new_data_dir: Path, connection: asyncpg.Connection) -> AsyncIterator[Redis]:
    """A Valkey whose files, after six events were stored in two batches, were replaced by those of the first three."""
    data, older = new_data_dir / "valkey", new_data_dir / "older"
    with started(data, *without_port()) as node:
        async with node.client() as redis:
            await wait_until_up(redis)
            await count(redis, 0, 1, 2, writer=1)
            shutil.copytree(data, older, ignore=shutil.ignore_patterns("*.sock"))
            await count(redis, 3, 4, writer=2)
            await flush_everything(redis, connection)
            await count(redis, 9, writer=3)
            await flush_everything(redis, connection)
            assert await stored(connection) == 6
        node.kill()
    shutil.rmtree(data)
    older.rename(data)
    with started(data, *without_port()) as node:
        async with node.client() as redis:
            await wait_until_up(redis)
            yield redis


# Without the ledger the three are added again: 9.
async def test_counters_that_come_back_are_not_stored_again(put_back: Redis, connection: asyncpg.Connection) -> None:
    assert await put_back.exists(keys.live(SHARD))
    await flush_everything(put_back, connection)
    assert await stored(connection) == 6


# Without the comparison of run ids in commit.lua the new events join counters whose id the ledger has: 6, two lost.
async def test_new_events_are_not_lost_with_counters_that_come_back(
    put_back: Redis, connection: asyncpg.Connection
) -> None:
    await count(put_back, 5, 6, writer=4)
    await flush_everything(put_back, connection)
    assert await stored(connection) == 8


async def test_tokens_that_came_back_as_seen_are_still_duplicates(
    put_back: Redis, connection: asyncpg.Connection
) -> None:
    await count(put_back, 0, 1, 2, writer=4)
    await flush_everything(put_back, connection)
    assert await stored(connection) == 6


# With ids from a counter in Redis the new generation had the id of one that is stored.
async def test_ids_of_batches_never_collide_after_a_restore(put_back: Redis, connection: asyncpg.Connection) -> None:
    former = await live_id(put_back)
    await count(put_back, 5, writer=4)
    ledger = {row["batch_id"] for row in await connection.fetch("select batch_id from flushed_batch")}
    assert former in ledger
    assert await live_id(put_back) not in ledger


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flush_module, "FENCE_MILLISECONDS", 300)


# A cursor of HSCAN means nothing to a server that was started since: with no check of how many there were, it passed
# over counters, and the batch was released all the same.
async def test_a_batch_is_stored_whole_though_redis_was_started_anew_while_it_was_read(
    new_data_dir: Path, database: str, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flush_module, "SCAN_COUNT", 100)
    amount = 3000
    creatives = [encode(Counter(494_000, 1, creative, Metric.IMPRESSION)) for creative in range(1, amount + 1)]
    with started(new_data_dir, *without_port()) as node:
        async with node.client() as redis:
            await wait_until_up(redis)
            async with counting(redis, 1) as commit:
                await commit.submit([AdSighting(SHARD, BLOCK, at, Fields(field)) for at, field in enumerate(creatives)])
            flusher = SteppingFlusher(redis, database, SHARD, lambda: None)
            while flusher.copied == 0:
                assert await flusher.step()
            await flusher.step()
            node.kill()
            with started(new_data_dir, *without_port()):
                async with Redis(unix_socket_path=str(node.socket)) as again:
                    await wait_until_up(again)
                await flusher.finish()
                await flush_everything(redis, connection)
                await flusher.kill()
    assert await stored(connection) == amount


class Pair(NamedTuple):
    """A primary, and its replica behind a wire that can be slow."""

    primary: Node
    replica: Node
    wire: Proxy

    def part(self) -> None:
        """From now on nothing reaches the replica."""
        self.wire.delay_seconds = FOREVER_SECONDS


@pytest.fixture
async def pair(new_data_dir: Path) -> AsyncIterator[Pair]:
    with ExitStack() as stack:
        primary = stack.enter_context(
            started(new_data_dir / "primary", *without_port(), "--repl-diskless-sync-delay", "0")
        )
        async with Proxy(primary.socket, b"") as wire:
            source = ("--replicaof", "127.0.0.1", str(wire.port))
            replica = stack.enter_context(started(new_data_dir / "replica", "--port", str(free_port()), *source))
            async with primary.client() as first, replica.client() as second:
                await wait_until_up(first)
                await wait_until_up(second)
                await count(first, 0, 1, 2)
                while not await second.exists(keys.live(SHARD)):
                    continue
                await wait_until_replicated(first)
            yield Pair(primary, replica, wire)


@asynccontextmanager
async def promoted(pair: Pair) -> AsyncIterator[Redis]:
    """The replica in the primary's place."""
    pair.primary.kill()
    pair.wire.cut()
    async with pair.replica.client() as redis:
        await redis.replicaof("no", "one")
        yield redis


# With no wait in the fence the batch was stored: 7.
@pytest.mark.usefixtures("impatient")
async def test_a_replica_that_lags_is_waited_for_and_a_failover_to_it_counts_nothing_twice(
    pair: Pair, connection: asyncpg.Connection
) -> None:
    async with pair.primary.client() as redis:
        pair.part()
        await count(redis, 3, 4, writer=2)
        with pytest.raises(FenceFailed):
            await flush_shard(redis, connection, SHARD, replicas=1)
    async with promoted(pair) as redis:
        await count(redis, 3, 4, writer=3)
        await flush_everything(redis, connection)
    assert await stored(connection) == 5


async def test_without_the_fence_the_same_failover_counts_what_is_sent_again_twice(
    pair: Pair, connection: asyncpg.Connection
) -> None:
    async with pair.primary.client() as redis:
        pair.part()
        await count(redis, 3, 4, writer=2)
        await flush_shard(redis, connection, SHARD, replicas=0)
    async with promoted(pair) as redis:
        await count(redis, 3, 4, writer=3)
        await flush_everything(redis, connection)
    assert await stored(connection) == 5 + 2
