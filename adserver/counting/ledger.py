"""Batches into Postgres: each once, by its id."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg

from adserver.connections import Connection
from adserver.counting.counter import SECONDS_AN_HOUR, AnyCounter, Counter, ViewCounter
from adserver.counting.events import EventKind

CLAIM_BATCH = "insert into flushed_batch (batch_id) values ($1) on conflict do nothing returning batch_id"

# A batch on its way into the tables. Redis may hand out a counter twice while it is read, never with another amount:
# hence `distinct` below.
CREATE_INCOMING = """
create temp table if not exists incoming (
    hour timestamptz not null, slot_id int, creative_id int, metric text, rejection text, city text, device text,
    site_id int, article text, amount bigint not null
) on commit delete rows
"""

# Rows are written in the order of their keys: writers that lock in one order cannot block each other for good.
# A price for a thousand is a whole number of micros for one (a constraint of the schema), so spend is exact.
# A flat price is earned by time, not by events; the report adds it.
_SUMS = """
    coalesce(sum(amount) filter (where metric = 'request' and rejection is null), 0) as requests,
    coalesce(sum(amount) filter (where metric = 'unfilled' and rejection is null), 0) as unfilled,
    coalesce(sum(amount) filter (where metric = 'impression' and rejection is null), 0) as impressions,
    coalesce(sum(amount) filter (where metric = 'viewable' and rejection is null), 0) as viewable,
    coalesce(sum(amount) filter (where metric = 'click' and rejection is null), 0) as clicks,
    coalesce(sum(amount) filter (where metric = 'unseen_click' and rejection is null), 0) as unseen_clicks,
    coalesce(sum(amount) filter (where rejection is not null), 0) as invalid
"""
_PRICED = """
    requests, unfilled, impressions, viewable, clicks, unseen_clicks, invalid,
    case price_model when 'cpm' then impressions * (price_micros / 1000)
                     when 'vcpm' then viewable * (price_micros / 1000)
                     when 'cpc' then clicks * price_micros
                     else 0 end
"""
_COLUMNS = "requests, unfilled, impressions, viewable, clicks, unseen_clicks, invalid, spend_micros"
_ADD = """
    requests = t.requests + excluded.requests, unfilled = t.unfilled + excluded.unfilled,
    impressions = t.impressions + excluded.impressions, viewable = t.viewable + excluded.viewable,
    clicks = t.clicks + excluded.clicks, unseen_clicks = t.unseen_clicks + excluded.unseen_clicks,
    invalid = t.invalid + excluded.invalid, spend_micros = t.spend_micros + excluded.spend_micros
"""
_PRICES = """
left join creative on creative.id = creative_id left join campaign on campaign.id = creative.campaign_id
"""

ADD_HOURLY = f"""
insert into hourly as t (hour, slot_id, creative_id, {_COLUMNS})
select hour, slot_id, creative_id, {_PRICED}
from (select hour, slot_id, creative_id, {_SUMS}
      from (select distinct * from incoming where slot_id is not null) as counter
      group by hour, slot_id, creative_id) as sums {_PRICES}
order by hour, slot_id, creative_id
on conflict (hour, slot_id, creative_id) do update set {_ADD}
"""  # noqa: S608 - made of constants only

ADD_DAILY = f"""
insert into daily as t (day, slot_id, creative_id, city, device, {_COLUMNS})
select day, slot_id, creative_id, city, device, {_PRICED}
from (select (hour at time zone coalesce(site.timezone, 'UTC'))::date as day, slot_id, creative_id, city, device,
             {_SUMS}
      from (select distinct * from incoming where slot_id is not null) as counter
      left join slot on slot.id = slot_id left join site on site.id = slot.site_id
      group by day, slot_id, creative_id, city, device) as sums {_PRICES}
order by day, slot_id, creative_id, city, device
on conflict (day, slot_id, creative_id, city, device) do update set {_ADD}
"""  # noqa: S608 - made of constants only

ADD_INVALID = """
insert into invalid_hourly as t (hour, slot_id, creative_id, kind, reason, events)
select hour, coalesce(slot_id, 0), coalesce(creative_id, 0), metric, rejection, sum(amount)
from (select distinct * from incoming where rejection is not null) as counter
group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
on conflict (hour, slot_id, creative_id, kind, reason) do update set events = t.events + excluded.events
"""

ADD_VIEWS = """
insert into article_hourly as t (site_id, article, hour, views)
select site_id, article, hour, sum(amount)
from (select distinct * from incoming where slot_id is null and rejection is null) as counter
group by 1, 2, 3 order by 1, 2, 3
on conflict (site_id, article, hour) do update set views = t.views + excluded.views
"""

# An estimate replaces a lower one, so that writing it again, or late, does no harm.
SET_READERS = """
insert into article_daily as t (day, site_id, article, readers)
select * from unnest($1::date[], $2::int[], $3::text[], $4::bigint[]) order by 2, 3, 1
on conflict (site_id, article, day) do update set readers = greatest(t.readers, excluded.readers)
"""

PARTITIONS = "select relname from pg_class where relkind = 'r' and relispartition and pg_table_is_visible(oid)"
HOURS = "select distinct hour from incoming where slot_id is not null"

PRUNE = "delete from flushed_batch where flushed_at < now() - make_interval(days => $1)"


class ArticleReaders(NamedTuple):
    """How many told-apart readers an article had on a day of its site."""

    day: date
    site_id: int
    article: str
    readers: int


async def store_batch(
    connection: Connection,
    batch_id: UUID,
    counts: Mapping[AnyCounter, int] | AsyncIterable[tuple[AnyCounter, int]],
    readers: Callable[[], Awaitable[Sequence[ArticleReaders]]] | None = None,
) -> bool:
    """Add a batch in one transaction. Returns False, and adds nothing, where it has been added before.

    `readers` is asked once all counts have been read.
    """
    await connection.execute(CREATE_INCOMING)
    async with connection.transaction():
        if await connection.fetchval(CLAIM_BATCH, batch_id) is None:
            return False
        pairs = _iterate(counts) if isinstance(counts, Mapping) else counts
        await connection.copy_records_to_table("incoming", records=_records(pairs))
        await _ensure_partitions(connection)
        for statement in (ADD_HOURLY, ADD_DAILY, ADD_INVALID, ADD_VIEWS):
            await connection.execute(statement)
        if readers is not None and (columns := list(zip(*await readers(), strict=True))):
            await connection.execute(SET_READERS, *columns)
    return True


async def prune_ledger(connection: Connection, days: int) -> None:
    """Forget batches stored more than `days` ago."""
    await connection.execute(PRUNE, days)


async def _iterate(counts: Mapping[AnyCounter, int]) -> AsyncIterator[tuple[AnyCounter, int]]:
    for pair in counts.items():
        yield pair


async def _records(pairs: AsyncIterable[tuple[AnyCounter, int]]) -> AsyncIterator[tuple[object, ...]]:
    async for counter, amount in pairs:
        if amount > 0:
            yield _record(counter, amount)


def _record(counter: AnyCounter, amount: int) -> tuple[object, ...]:
    hour = datetime.fromtimestamp(counter.hour * SECONDS_AN_HOUR, UTC)
    rejection = None if counter.rejection is None else counter.rejection.value
    if isinstance(counter, ViewCounter):
        return (hour, None, None, EventKind.VIEW.value, rejection, None, None, counter.site_id, counter.article, amount)
    return _slot_record(counter, hour, rejection, amount)


def _slot_record(counter: Counter, hour: datetime, rejection: str | None, amount: int) -> tuple[object, ...]:
    slot = (counter.slot_id, counter.creative_id, counter.metric.value, rejection, counter.city, counter.device.value)
    return (hour, *slot, None, None, amount)


async def _ensure_partitions(connection: Connection) -> None:
    """Create the months' partitions that the batch needs. A day of a site's zone may lie in a neighbouring month."""
    hours = [row["hour"] for row in await connection.fetch(HOURS)]
    months = {(hour + timedelta(hours=shift)).date().replace(day=1) for hour in hours for shift in (-14, 0, 14)}
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
        async with connection.transaction():
            await connection.execute(
                f"create table if not exists {name} partition of {table} for values from ('{first}') to ('{last}')"
            )


def _bound(table: str, day: date) -> str:
    return day.isoformat() if table == "daily" else datetime.combine(day, time(), UTC).isoformat()
