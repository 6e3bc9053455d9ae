"""Batches into Postgres: each once, by its id."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from adserver.connections import Connection
from adserver.counting.counter import AnyCounter, Counter
from adserver.counting.rows import Price, Rows, Sums, instant, rows_of
from adserver.inventory.model import PriceModel

CLAIM_BATCH = "insert into flushed_batch (batch_id) values ($1) on conflict do nothing returning batch_id"

ADD_HOURLY = """
insert into hourly as h (hour, slot_id, creative_id,
                         requests, unfilled, impressions, viewable, clicks, invalid, spend_micros)
select * from unnest($1::timestamptz[], $2::int[], $3::int[],
                     $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
on conflict (hour, slot_id, creative_id) do update set
    requests = h.requests + excluded.requests, unfilled = h.unfilled + excluded.unfilled,
    impressions = h.impressions + excluded.impressions, viewable = h.viewable + excluded.viewable,
    clicks = h.clicks + excluded.clicks, invalid = h.invalid + excluded.invalid,
    spend_micros = h.spend_micros + excluded.spend_micros
"""

ADD_DAILY = """
insert into daily as d (day, slot_id, creative_id, city, device,
                        requests, unfilled, impressions, viewable, clicks, invalid, spend_micros)
select * from unnest($1::date[], $2::int[], $3::int[], $4::text[], $5::text[],
                     $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[],
                     $12::bigint[])
on conflict (day, slot_id, creative_id, city, device) do update set
    requests = d.requests + excluded.requests, unfilled = d.unfilled + excluded.unfilled,
    impressions = d.impressions + excluded.impressions, viewable = d.viewable + excluded.viewable,
    clicks = d.clicks + excluded.clicks, invalid = d.invalid + excluded.invalid,
    spend_micros = d.spend_micros + excluded.spend_micros
"""

ADD_INVALID = """
insert into invalid_hourly as i (hour, slot_id, creative_id, kind, reason, events)
select * from unnest($1::timestamptz[], $2::int[], $3::int[], $4::text[], $5::text[], $6::bigint[])
on conflict (hour, slot_id, creative_id, kind, reason) do update set events = i.events + excluded.events
"""

ADD_VIEWS = """
insert into article_hourly as a (site_id, article, hour, views)
select * from unnest($1::int[], $2::text[], $3::timestamptz[], $4::bigint[])
on conflict (site_id, article, hour) do update set views = a.views + excluded.views
"""

PRICES = """
select creative.id, price_model, price_micros
from creative join campaign on campaign.id = campaign_id
where creative.id = any($1::int[]) and price_model is not null
"""

PARTITIONS = "select relname from pg_class where relkind = 'r' and relispartition and pg_table_is_visible(oid)"

ZONES = "select slot.id, timezone from slot join site on site.id = site_id where slot.id = any($1::int[])"


async def store_batch(connection: Connection, batch_id: UUID, counts: Mapping[AnyCounter, int]) -> bool:
    """Add a batch in one transaction. Returns False, and adds nothing, where it has been added before."""
    counts = {counter: amount for counter, amount in counts.items() if amount > 0}
    await _ensure_partitions(connection, counts)
    async with connection.transaction():
        if await connection.fetchval(CLAIM_BATCH, batch_id) is None:
            return False
        slots = [counter for counter in counts if isinstance(counter, Counter)]
        prices = await _prices(connection, {counter.creative_id for counter in slots})
        zones = await _zones(connection, {counter.slot_id for counter in slots})
        await _write(connection, rows_of(counts, prices, zones))
    return True


async def _prices(connection: Connection, creatives: Iterable[int]) -> dict[int, Price]:
    rows = await connection.fetch(PRICES, sorted(creatives))
    return {row["id"]: Price(PriceModel(row["price_model"]), row["price_micros"]) for row in rows}


async def _zones(connection: Connection, slots: Iterable[int]) -> dict[int, ZoneInfo]:
    rows = await connection.fetch(ZONES, sorted(slots))
    return {row["id"]: ZoneInfo(row["timezone"]) for row in rows}


async def _write(connection: Connection, rows: Rows) -> None:
    for statement, keys, values in (
        (ADD_HOURLY, rows.hourly.keys(), rows.hourly.values()),
        (ADD_DAILY, rows.daily.keys(), rows.daily.values()),
        (ADD_INVALID, rows.invalid.keys(), ((events,) for events in rows.invalid.values())),
        (ADD_VIEWS, rows.articles.keys(), ((views,) for views in rows.articles.values())),
    ):
        if keys:
            await connection.execute(statement, *_columns(keys, values))


def _columns(keys: Iterable[Sequence[Any]], values: Iterable[Sums | tuple[int]]) -> list[list[Any]]:
    table = [(*key, *value) for key, value in zip(keys, values, strict=True)]
    return [list(column) for column in zip(*table, strict=True)]


async def _ensure_partitions(connection: Connection, counts: Mapping[AnyCounter, int]) -> None:
    """Create the months' partitions that the batch needs, outside its transaction: they lock the whole table."""
    hours = {counter.hour for counter in counts if isinstance(counter, Counter)}
    # A day of a site's zone may lie in the month before or after that of the UTC hour.
    months = {instant(hour + shift).date().replace(day=1) for hour in hours for shift in (-14, 0, 14)}
    existing = {row["relname"] for row in await connection.fetch(PARTITIONS)}
    for month in sorted(months):
        for table in ("hourly", "daily"):
            if (name := f"{table}_{month:%Y_%m}") not in existing:
                await _create_partition(connection, table, name, month)


async def _create_partition(connection: Connection, table: str, name: str, month: date) -> None:
    following = (month + timedelta(days=31)).replace(day=1)
    first, last = (_bound(table, day) for day in (month, following))
    # Two flushers may meet here; "if not exists" does not keep them from colliding.
    with suppress(asyncpg.DuplicateTableError, asyncpg.UniqueViolationError):
        await connection.execute(
            f"create table if not exists {name} partition of {table} for values from ('{first}') to ('{last}')"
        )


def _bound(table: str, day: date) -> str:
    return day.isoformat() if table == "daily" else datetime.combine(day, time(), UTC).isoformat()
