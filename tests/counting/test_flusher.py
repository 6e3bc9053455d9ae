"""The flusher as a process: one of several is active, another takes over, and what it does beside."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from adserver.connections import AdvisoryLock, open_connection
from adserver.counting import keys
from adserver.counting.counter import Counter, encode
from adserver.counting.events import Metric
from adserver.counting.flusher import run
from adserver.counting.upkeep import Upkeep, rewrite_file
from adserver.counting.waiting import Waiting, waiting
from adserver.metrics import FlushMetrics
from adserver.settings import read_settings
from tests.counting.valkey import Node, running
from tests.waiting import until

IMPRESSION = encode(Counter(494_000, 1, 5, Metric.IMPRESSION))
POISON = encode(Counter(494_000, 2**32 - 1, 5, Metric.IMPRESSION))  # no `integer` of Postgres
SECRET = "the secret of the flusher tests, 40 letters"
TAKEOVER_SECONDS = 10.0


def environment(database: str, redis_url: str) -> dict[str, str]:
    return {
        "ADSERVER_DATABASE_URL": database,
        "ADSERVER_REDIS_URL": redis_url,
        "ADSERVER_SECRET_KEY": SECRET,
        "ADSERVER_FLUSH_SECONDS": "0.1",
    }


@contextmanager
def flusher(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "adserver.counting.flusher"]
    with subprocess.Popen(command, env={**os.environ, **environment}) as process:
        yield process
        process.send_signal(signal.SIGCONT)
        process.kill()


async def count(redis: Redis, shard: int = 3, field: bytes = IMPRESSION) -> None:
    """Add to the live counters as `commit.lua` does, in one step."""
    async with redis.pipeline(transaction=True) as pipeline:
        pipeline.hsetnx(keys.live(shard), "id", uuid4().hex)
        pipeline.hsetnx(keys.live(shard), "run", "x")
        pipeline.hincrby(keys.live(shard), field, 1)
        await pipeline.execute()


async def stored(connection: asyncpg.Connection) -> int:
    return await connection.fetchval("select coalesce(sum(impressions), 0)::int from hourly")


async def until_stored(connection: asyncpg.Connection, expected: int) -> None:
    async def are_stored() -> bool:
        return await stored(connection) == expected

    await until(are_stored)


async def lease_holders(connection: asyncpg.Connection) -> int:
    return await connection.fetchval(
        "select count(*) from pg_locks where locktype = 'advisory' and objid = $1 and granted", AdvisoryLock.FLUSHER
    )


async def test_another_flusher_takes_over_within_ten_seconds_of_a_kill(
    database: str, redis_url: str, redis: Redis, connection: asyncpg.Connection
) -> None:
    settings = environment(database, redis_url)
    with flusher(settings) as active:
        await count(redis)
        await until_stored(connection, 1)
        with flusher(settings):
            await until(lambda: _sessions(connection, 2))
            active.kill()
            since = time.monotonic()
            await count(redis)
            await until_stored(connection, 2)
            assert time.monotonic() - since < TAKEOVER_SECONDS


async def test_only_one_flusher_is_active(database: str, redis_url: str, connection: asyncpg.Connection) -> None:
    settings = environment(database, redis_url)
    with flusher(settings), flusher(settings):
        await until(lambda: _sessions(connection, 2))
        await until(lambda: lease_holders(connection))
        assert await lease_holders(connection) == 1


async def test_a_vanished_machine_frees_the_lease_in_time(database: str) -> None:
    settings = read_settings(environment(database, "redis://127.0.0.1"))
    names = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
    async with open_connection(settings) as connection:
        sources = {row["name"]: row["source"] for row in await connection.fetch("select name, source from pg_settings")}
    assert {sources[name] for name in names} == {"client"}


@pytest.fixture
async def running_flusher(database: str, redis_url: str) -> AsyncIterator[CollectorRegistry]:
    """A flusher in this process; its metrics."""
    registry = CollectorRegistry()
    stop = asyncio.Event()
    settings = read_settings(environment(database, redis_url))
    task = asyncio.create_task(run(settings, stop, FlushMetrics(registry)))
    yield registry
    stop.set()
    await task


async def test_a_batch_that_cannot_be_stored_keeps_no_other_back(
    running_flusher: CollectorRegistry, redis: Redis, connection: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    await count(redis, shard=2, field=POISON)
    await until(lambda: running_flusher.get_sample_value("adserver_flush_failures_total"))
    for shard in (1, 3):
        await count(redis, shard)
    await until_stored(connection, 2)
    [batch] = await redis.smembers(keys.batches(2))
    assert await redis.hget(keys.batch(2, batch.decode()), POISON) == b"1"
    [first, *_] = [
        record for record in caplog.records if (record.name, record.levelname) == ("adserver.counting.flush", "ERROR")
    ]
    assert batch.decode() in first.getMessage()
    assert "shard 2" in first.getMessage()


async def test_what_piles_up_is_told(redis: Redis) -> None:
    await count(redis, shard=1)
    await count(redis, shard=2)
    await redis.rename(keys.live(2), keys.batch(2, "x"))
    await redis.sadd(keys.batches(2), "x")
    assert await waiting(redis) == Waiting(batches=1, counters=2)


async def test_what_piles_up_is_measured_without_postgres(redis_url: str, redis: Redis) -> None:
    await count(redis)
    registry = CollectorRegistry()
    stop = asyncio.Event()
    settings = read_settings(environment("postgresql://127.0.0.1:1/x", redis_url))
    task = asyncio.create_task(run(settings, stop, FlushMetrics(registry)))
    await until(lambda: registry.get_sample_value("adserver_waiting_counters") == 1)
    stop.set()
    await task


async def test_old_batches_are_forgotten(redis: Redis, connection: asyncpg.Connection) -> None:
    await connection.execute(
        "insert into flushed_batch "
        "select gen_random_uuid(), now() - make_interval(days => day) from generate_series(0, 9) as day"
    )
    await Upkeep()(redis, connection)
    assert await connection.fetchval("select count(*) from flushed_batch") == 7


async def test_an_expired_secret_leaves_the_disk(tmp_path: Path) -> None:
    async with running(tmp_path) as node, node.client() as redis:
        await redis.set("secret:20261124", b"a secret of 32 letters, to be seen")
        assert b"a secret of 32" in _files(node)
        await redis.delete("secret:20261124")
        assert b"a secret of 32" in _files(node)
        await rewrite_file(redis)
        await until(lambda: _is_gone(node, b"a secret of 32"))


async def test_the_file_is_written_anew_once_in_a_while(tmp_path: Path) -> None:
    async with running(tmp_path) as node, node.client() as redis:
        await rewrite_file(redis)
        await rewrite_file(redis)
        assert 36 + await redis.ttl(keys.rewritten()) / 3600 <= 48
        assert (await redis.info("commandstats"))["cmdstat_bgrewriteaof"]["calls"] == 1


async def test_a_server_that_forbids_it_is_let_be(tmp_path: Path) -> None:
    async with running(tmp_path, "--rename-command", "BGREWRITEAOF", "") as node, node.client() as redis:
        await rewrite_file(redis)


async def _sessions(connection: asyncpg.Connection, expected: int) -> bool:
    others = await connection.fetchval(
        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    )
    return bool(others == expected)


def _files(node: Node) -> bytes:
    return b"".join(path.read_bytes() for path in (node.directory / "appendonlydir").iterdir())


async def _is_gone(node: Node, text: bytes) -> bool:
    try:
        return text not in _files(node)
    except FileNotFoundError:  # while files are exchanged
        return False
