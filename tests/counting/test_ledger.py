from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import pytest

from adserver.counting.counter import Counter, ViewCounter
from adserver.counting.events import Metric, Rejection
from adserver.counting.ledger import store_batch

HOUR = int(datetime(2026, 11, 30, 22, tzinfo=UTC).timestamp()) // 3600
BATCH = UUID("00000000-0000-0000-0000-000000000001")
OTHER = UUID("00000000-0000-0000-0000-000000000002")
COUNTS = {
    Counter(HOUR, 1, 5, Metric.IMPRESSION, None, "Antalya"): 3,
    Counter(HOUR, 1, 5, Metric.IMPRESSION, Rejection.DUPLICATE, "Antalya"): 2,
    ViewCounter(HOUR, 1, "66"): 4,
}


async def figures(connection: asyncpg.Connection) -> tuple[int, int, int, int]:
    hourly = await connection.fetchrow("select sum(impressions)::int, sum(invalid)::int from hourly")
    daily = await connection.fetchval("select sum(impressions)::int from daily")
    views = await connection.fetchval("select sum(views)::int from article_hourly")
    return (*hourly, daily, views)


async def test_a_batch_is_added_once(connection: asyncpg.Connection) -> None:
    assert await store_batch(connection, BATCH, COUNTS)
    assert not await store_batch(connection, BATCH, COUNTS)
    assert await figures(connection) == (3, 2, 3, 4)


async def test_another_batch_adds_to_the_same_rows(connection: asyncpg.Connection) -> None:
    await store_batch(connection, BATCH, COUNTS)
    await store_batch(connection, OTHER, COUNTS)
    assert await figures(connection) == (6, 4, 6, 8)
    assert await connection.fetchval("select count(*) from hourly") == 1


async def test_a_batch_that_fails_leaves_no_trace(connection: asyncpg.Connection) -> None:
    await connection.execute("alter table article_hourly add check (views < 4)")
    with pytest.raises(asyncpg.CheckViolationError):
        await store_batch(connection, BATCH, COUNTS)
    assert await connection.fetchval("select count(*) from flushed_batch") == 0
    assert await connection.fetchval("select count(*) from hourly") == 0


async def test_a_month_gets_a_partition_of_its_own(connection: asyncpg.Connection) -> None:
    await store_batch(connection, BATCH, COUNTS)
    tables = await connection.fetch("select distinct tableoid::regclass::text as name from hourly")
    assert [row["name"] for row in tables] == ["hourly_2026_11"]
    assert await connection.fetchval("select count(*) from daily_2026_11") == 1


async def test_a_day_of_the_next_month_lands_in_the_next_partition(connection: asyncpg.Connection) -> None:
    site = await connection.fetchval(
        "insert into site (key, name, domains, timezone, language) "
        "values ('s', 'S', '{localhost}', 'Europe/Istanbul', 'tr') returning id"
    )
    slot = await connection.fetchval(
        "insert into slot (site_id, name, label, sizes) values ($1, 'top', '', '{728x90}') returning id", site
    )
    await store_batch(connection, BATCH, {Counter(HOUR, slot, 5, Metric.CLICK): 1})
    assert await connection.fetchval("select day from daily_2026_12") == date(2026, 12, 1)


async def test_the_price_of_the_campaign_is_charged(connection: asyncpg.Connection) -> None:
    campaign = await connection.fetchval(
        "with a as (insert into advertiser (key, name) values ('a', 'A') returning id) "
        "insert into campaign (advertiser_id, key, name, tier, price_model, price_micros, currency) "
        "select id, 'c', 'C', 'standard', 'cpm', 45000000, 'TRY' from a returning id"
    )
    creative = await connection.fetchval(
        "insert into creative (campaign_id, key, kind, size, html, click_url) "
        "values ($1, 'x', 'html', '300x250', 'x', 'https://a.example') returning id",
        campaign,
    )
    await store_batch(connection, BATCH, {Counter(HOUR, 1, creative, Metric.IMPRESSION): 3})
    assert await connection.fetchval("select spend_micros from hourly") == 135_000
