from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import pytest

from adserver.counting.counter import Counter, ViewCounter
from adserver.counting.events import Metric, Rejection
from adserver.counting.ledger import (
    ArticleReaders,
    Batch,
    BatchIncomplete,
    Piece,
    prune_ledger,
    store_batch,
    store_batches,
)

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


async def test_equal_counters_of_two_batches_are_both_added(connection: asyncpg.Connection) -> None:
    assert await store_batches(connection, [Batch(BATCH, COUNTS), Batch(OTHER, COUNTS)]) == 2
    assert await figures(connection) == (6, 4, 6, 8)


async def test_of_several_batches_only_new_ones_are_added(connection: asyncpg.Connection) -> None:
    await store_batch(connection, BATCH, COUNTS)
    assert await store_batches(connection, [Batch(BATCH, COUNTS), Batch(OTHER, COUNTS)]) == 1
    assert await figures(connection) == (6, 4, 6, 8)


async def test_a_batch_that_was_not_read_whole_is_not_added(connection: asyncpg.Connection) -> None:
    with pytest.raises(BatchIncomplete):
        await store_batches(connection, [Batch(BATCH, COUNTS, size=len(COUNTS) + 1)])
    assert await store_batches(connection, [Batch(BATCH, COUNTS, size=len(COUNTS))]) == 1
    assert await figures(connection) == (3, 2, 3, 4)


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


def counter(metric: Metric, rejection: Rejection | None = None, city: str = "", creative: int = 5) -> Counter:
    return Counter(HOUR, 1, creative, metric, rejection, city)


async def test_cities_are_one_row_an_hour_and_two_a_day(connection: asyncpg.Connection) -> None:
    counts = {counter(Metric.IMPRESSION, city="Antalya"): 3, counter(Metric.IMPRESSION, city="Rize"): 4}
    await store_batch(connection, BATCH, counts)
    assert await connection.fetchval("select impressions from hourly") == 7
    rows = await connection.fetch("select city, impressions from daily order by city")
    assert [tuple(row) for row in rows] == [("Antalya", 3), ("Rize", 4)]


async def test_refused_events_are_invalid_and_nothing_else(connection: asyncpg.Connection) -> None:
    await store_batch(connection, BATCH, {counter(Metric.CLICK, Rejection.DECLARED_BOT): 9})
    assert tuple(await connection.fetchrow("select clicks, invalid, spend_micros from hourly")) == (0, 9, 0)
    assert tuple(await connection.fetchrow("select kind, reason, events from invalid_hourly")) == (
        "click",
        "declared_bot",
        9,
    )


async def test_refused_views_are_no_views(connection: asyncpg.Connection) -> None:
    await store_batch(connection, BATCH, {ViewCounter(HOUR, 1, "66", Rejection.REPEATED): 2})
    assert await connection.fetchval("select count(*) from article_hourly") == 0
    assert await connection.fetchval("select events from invalid_hourly where kind = 'view' and slot_id = 0") == 2


async def test_a_counter_that_redis_hands_out_twice_is_added_once(connection: asyncpg.Connection) -> None:
    async def twice() -> AsyncIterator[Piece]:
        for _ in range(2):
            yield Piece(COUNTS.items())

    await store_batches(connection, [Batch(BATCH, twice())])
    assert await figures(connection) == (3, 2, 3, 4)


async def test_what_several_bundles_have_is_added_up(connection: asyncpg.Connection) -> None:
    async def bundled() -> AsyncIterator[Piece]:
        for bundle in (0, 1, 2, 2):
            yield Piece(COUNTS.items(), bundle)

    await store_batches(connection, [Batch(BATCH, bundled(), size=len(COUNTS) + 2)])
    assert await figures(connection) == (9, 6, 9, 12)


async def test_readers_only_grow(connection: asyncpg.Connection) -> None:
    for batch, estimate in ((BATCH, 7), (OTHER, 6)):

        async def readers(estimate: int = estimate) -> list[ArticleReaders]:
            return [ArticleReaders(date(2026, 12, 1), 1, "66", estimate)]

        await store_batches(connection, [Batch(batch, COUNTS)], readers)
    assert await connection.fetchval("select readers from article_daily") == 7


@pytest.mark.parametrize(
    ("model", "price_micros", "expected"),
    [
        pytest.param("cpm", 45_000_000, 3 * 45_000, id="cpm pays impressions"),
        pytest.param("vcpm", 45_000_000, 2 * 45_000, id="vcpm pays viewable ones"),
        pytest.param("cpc", 2_500_000, 2_500_000, id="cpc pays clicks"),
        pytest.param("flat", 900_000_000, 0, id="flat is earned by time"),
        pytest.param(None, None, 0, id="no price"),
    ],
)
async def test_spend_follows_the_price_model(
    connection: asyncpg.Connection, model: str | None, price_micros: int | None, expected: int
) -> None:
    campaign = await connection.fetchval(
        "with a as (insert into advertiser (key, name) values ('a', 'A') returning id) "
        "insert into campaign (advertiser_id, key, name, tier, price_model, price_micros, currency) "
        "select id, 'c', 'C', 'standard', $1, $2, $3 from a returning id",
        model,
        price_micros,
        model and "TRY",
    )
    creative = await connection.fetchval(
        "insert into creative (campaign_id, key, kind, size, html, click_url) "
        "values ($1, 'x', 'html', '300x250', 'x', 'https://a.example') returning id",
        campaign,
    )
    counts = {
        counter(Metric.IMPRESSION, creative=creative): 3,
        counter(Metric.VIEWABLE, creative=creative): 2,
        counter(Metric.CLICK, creative=creative): 1,
    }
    await store_batch(connection, BATCH, counts)
    assert await connection.fetchval("select spend_micros from hourly") == expected
    assert await connection.fetchval("select spend_micros from daily") == expected


async def test_the_ledger_forgets_old_batches_only(connection: asyncpg.Connection) -> None:
    await store_batch(connection, BATCH, COUNTS)
    await connection.execute("update flushed_batch set flushed_at = now() - interval '8 days'")
    await store_batch(connection, OTHER, COUNTS)
    await prune_ledger(connection, days=7)
    assert [row["batch_id"] for row in await connection.fetch("select batch_id from flushed_batch")] == [OTHER]
