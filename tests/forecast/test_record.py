"""Samples in Postgres: added up, pruned, and folded where a day has too many kinds."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import asyncpg
import pytest

from adserver.connections import close_pool, open_pool
from adserver.forecast.interests import SiteInterests
from adserver.forecast.record import KINDS_A_DAY, add_traffic, add_up, attributes_of, record_traffic, tidy_traffic
from adserver.forecast.sample import MAX_KINDS, Amount, PageKind, TrafficSample
from adserver.inventory.model import SiteId, SlotId
from tests.delivery.conftest import settings_for
from tests.waiting import until

TODAY = date(2026, 11, 24)
VAN = PageKind(SiteId(1), (SlotId(1), SlotId(2)), 728, (("city", ("van",)), ("device", ())))


async def rows(connection: asyncpg.Connection) -> list[tuple[object, ...]]:
    found = await connection.fetch(
        "select day, slots, max_width, attributes, pages, noted from traffic order by 1, 4, 5"
    )
    return [(row[0], tuple(row[1]), row[2], attributes_of(row[3]), row[4], row[5]) for row in found]


async def test_a_kinds_amounts_add_up_by_day(connection: asyncpg.Connection) -> None:
    await add_traffic(connection, TODAY, {VAN: Amount(50, 5)})
    await add_traffic(connection, TODAY, {VAN: Amount(10, 1)})
    await add_traffic(connection, TODAY - timedelta(days=1), {VAN: Amount(7, 7)})
    assert await rows(connection) == [
        (TODAY - timedelta(days=1), (1, 2), 728, VAN.attributes, 7, 7),
        (TODAY, (1, 2), 728, VAN.attributes, 60, 6),
    ]


async def test_what_is_old_is_forgotten(connection: asyncpg.Connection) -> None:
    for ago in (34, 35, 36):
        await add_traffic(connection, TODAY - timedelta(days=ago), {VAN: Amount(1, 1)})
    await tidy_traffic(connection, TODAY, days=35)
    assert [row[0] for row in await rows(connection)] == [TODAY - timedelta(days=35), TODAY - timedelta(days=34)]


async def test_a_day_that_is_over_keeps_so_many_kinds_and_all_requests(connection: asyncpg.Connection) -> None:
    kinds = {
        VAN._replace(attributes=(("city", (f"place {number}",)),)): Amount(5 + number, 5)
        for number in range(KINDS_A_DAY + 40)
    }
    yesterday = TODAY - timedelta(days=1)
    for day in (yesterday, TODAY):
        await add_traffic(connection, day, kinds)
    before = await connection.fetchval("select sum(pages) from traffic")
    await tidy_traffic(connection, TODAY, days=35)
    by_day = dict(await connection.fetch("select day, count(*) from traffic group by day"))
    assert by_day == {yesterday: KINDS_A_DAY + 1, TODAY: KINDS_A_DAY + 40}
    assert await connection.fetchval("select noted from traffic where attributes = '{}'") == 40 * 5
    assert await connection.fetchval("select sum(pages) from traffic") == before


def test_while_postgres_is_away_only_so_much_is_kept() -> None:
    waiting: dict[PageKind, Amount] = {}
    kinds = {VAN._replace(site_id=SiteId(number)): Amount(10, 2) for number in range(MAX_KINDS + 30)}
    assert add_up(waiting, kinds) == 60
    assert add_up(waiting, {VAN: Amount(10, 2)}) == 0
    assert len(waiting) == MAX_KINDS
    assert waiting[VAN] == Amount(20, 4)


async def test_a_worker_adds_its_sample_once_postgres_is_back(
    database: str, redis_url: str, connection: asyncpg.Connection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sample, dropped = TrafficSample(), []
    sample.use({SiteId(1): SiteInterests({"top": SlotId(1)}, (), ("city",), {}, {}, frozenset())})
    for _ in range(9):
        sample.note(SiteId(1), ("top",), {"city": ("Van",)}, None)
    pool = await open_pool(settings_for(database, redis_url, data_dir=str(tmp_path)), 1)
    await connection.execute("alter table traffic rename to away")
    recording = asyncio.create_task(record_traffic(pool, sample, dropped.append, seconds=0.01))
    await until(lambda: "waits for Postgres" in caplog.text)
    await connection.execute("alter table away rename to traffic")
    await until(lambda: rows(connection))
    recording.cancel()
    await asyncio.gather(recording, return_exceptions=True)
    await close_pool(pool)
    assert [row[-1] for row in await rows(connection)] == [9]
    assert dropped == []
    [told] = [record for record in caplog.records if record.name == "adserver.forecast.record"]
    assert "waits for Postgres" in told.getMessage()
