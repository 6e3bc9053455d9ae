"""The planner as a process: what it publishes, and who does when one is killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
from redis.asyncio import Redis

from adserver.connections import AdvisoryLock
from adserver.counting import keys
from adserver.planner.blob import Published, decode
from tests.counting.valkey import running
from tests.forecast.conftest import add_campaign
from tests.waiting import until

TAKEOVER_SECONDS = 10.0


def environment(database: str, redis_url: str) -> dict[str, str]:
    return {
        "ADSERVER_DATABASE_URL": database,
        "ADSERVER_REDIS_URL": redis_url,
        "ADSERVER_SECRET_KEY": "the secret of the planner tests, 40 letters",
        "ADSERVER_PLAN_SECONDS": "600",
    }


@contextmanager
def planner(environment: dict[str, str], log: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "adserver.planner.process"]
    with (
        (log or Path("/dev/stderr")).open("a") as errors,
        subprocess.Popen(command, env={**os.environ, **environment}, stderr=errors) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


async def published(redis: Redis) -> Published | None:
    blob = await redis.get(keys.paces())
    return decode(blob) if blob else None  # type: ignore[arg-type]


async def weights(redis: Redis) -> dict[int, float]:
    found = await published(redis)
    return dict(found.paces.campaigns) if found else {}


async def deliver(connection: asyncpg.Connection, creative: int, impressions: int) -> None:
    await connection.execute(
        "insert into hourly (hour, slot_id, creative_id, requests, impressions) "
        "values (date_trunc('hour', now(), 'UTC'), 1, $1, $2, $2)", creative, impressions,
    )  # fmt: skip


async def test_weights_are_published_with_an_expiry(
    database: str, redis_url: str, redis: Redis, paper: asyncpg.Connection, now: datetime
) -> None:
    await add_campaign(paper, "van", now)
    with planner(environment(database, redis_url)):
        await until(lambda: weights(redis))
        assert set(await weights(redis)) == {1}
        assert 500 < await redis.ttl(keys.paces()) <= 600
        first = await published(redis)
        assert first is not None
        assert datetime.now(UTC) - first.at < timedelta(seconds=10)

        async def is_newer() -> bool:
            second = await published(redis)
            return second is not None and second.paces.version > first.paces.version

        await until(is_newer)


async def test_a_campaign_that_reached_its_goal_weighs_nothing_within_seconds(
    database: str, redis_url: str, redis: Redis, paper: asyncpg.Connection, now: datetime
) -> None:
    creative = await add_campaign(paper, "van", now, goal=("impressions", 1_000))
    with planner(environment(database, redis_url)):
        await until(lambda: _weighs(redis, 1))
        await deliver(paper, creative, 1_000)
        since = time.monotonic()
        await until(lambda: _weighs_nothing(redis, 1))
        assert time.monotonic() - since < 2 * TAKEOVER_SECONDS


async def test_a_campaign_that_is_behind_weighs_more_than_one_that_is_ahead(
    database: str, redis_url: str, redis: Redis, paper: asyncpg.Connection, now: datetime
) -> None:
    ahead = await add_campaign(paper, "ahead", now - timedelta(days=5), goal=("impressions", 20_000))
    await add_campaign(paper, "behind", now - timedelta(days=5), goal=("impressions", 20_000))
    await deliver(paper, ahead, 16_000)
    with planner(environment(database, redis_url)):
        await until(lambda: weights(redis))
        found = await weights(redis)
        assert found[2] > 3 * found[1]


async def test_a_new_campaign_is_planned_for_at_once(
    database: str, redis_url: str, redis: Redis, paper: asyncpg.Connection, now: datetime
) -> None:
    await add_campaign(paper, "first", now)
    with planner(environment(database, redis_url)):
        await until(lambda: weights(redis))
        await add_campaign(paper, "second", now)
        await until(lambda: _weighs(redis, 2))


async def test_another_planner_takes_over_within_ten_seconds_of_a_kill(
    database: str, redis_url: str, redis: Redis, paper: asyncpg.Connection, now: datetime
) -> None:
    await add_campaign(paper, "van", now)
    settings = environment(database, redis_url)
    with planner(settings) as active:
        await until(lambda: weights(redis))
        with planner(settings):
            await until(lambda: _lease(paper, granted=1, waiting=1))
            active.kill()
            active.wait()
            since = time.monotonic()
            await redis.delete(keys.paces())
            await until(lambda: weights(redis))
            assert time.monotonic() - since < TAKEOVER_SECONDS


async def test_it_starts_before_redis_and_says_so_once(
    database: str, paper: asyncpg.Connection, now: datetime, tmp_path: Path
) -> None:
    await add_campaign(paper, "van", now)
    async with running(tmp_path / "valkey") as node:
        node.kill()
        log = tmp_path / "log"
        with planner(environment(database, f"redis://127.0.0.1:{node.port}"), log):
            await until(lambda: _said(log, "weights wait for Redis"))
            await node.start()
            async with node.client() as redis:
                await until(lambda: weights(redis))
        assert log.read_text().count("weights wait for Redis") == 1


async def test_it_starts_before_postgres(tmp_path: Path, redis_url: str) -> None:
    log = tmp_path / "log"
    with planner(environment("postgresql://127.0.0.1:1/none", redis_url), log) as process:
        await until(lambda: _said(log, "planning waits"))
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0


async def test_without_campaigns_and_figures_it_publishes_nothing_to_weigh(
    database: str, redis_url: str, redis: Redis, connection: asyncpg.Connection
) -> None:
    with planner(environment(database, redis_url)):
        await until(lambda: published(redis))
        assert await weights(redis) == {}


async def test_a_campaign_on_a_site_without_figures_is_served(
    database: str, redis_url: str, redis: Redis, paper: asyncpg.Connection, now: datetime
) -> None:
    await add_campaign(paper, "van", now)
    await paper.execute("delete from hourly")
    await paper.execute("delete from traffic")
    with planner(environment(database, redis_url)):
        await until(lambda: published(redis))
        assert (await weights(redis)).get(1, 1.0) > 0


async def _weighs(redis: Redis, campaign: int) -> bool:
    return (await weights(redis)).get(campaign, 0.0) > 0


async def _weighs_nothing(redis: Redis, campaign: int) -> bool:
    return (await weights(redis)).get(campaign) == 0


async def _said(log: Path, words: str) -> bool:
    return log.exists() and words in log.read_text()


async def _lease(connection: asyncpg.Connection, granted: int, waiting: int) -> bool:
    """So many planners are active, and so many more are connected to this database."""
    active = await connection.fetchval(
        "select count(*) from pg_locks where locktype = 'advisory' and objid = $1 and granted "
        "and database = (select oid from pg_database where datname = current_database())", AdvisoryLock.PLANNER,
    )  # fmt: skip
    asking = await connection.fetchval(
        "select count(*) from pg_stat_activity where datname = current_database() "
        "and query like '%pg_try_advisory_lock%'"
    )
    return bool(active == granted and asking >= waiting)
