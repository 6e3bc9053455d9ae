"""Batches into Postgres: each once, by its id."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

import asyncpg

from adserver.connections import Connection
from adserver.counting.counter import SECONDS_AN_HOUR, AnyCounter, ViewCounter
from adserver.counting.events import EventKind

CLAIM_BATCHES = """
insert into flushed_batch (batch_id) select unnest($1::uuid[]) order by 1 on conflict do nothing returning batch_id
"""

# Batches on their way into the tables: as read, each counter once, and the figures of slots. Redis may hand out a
# batch's counter twice while it is read, never with another amount; bundles may have the same counter.
CREATE_INCOMING = """
create temp table if not exists incoming (
    batch int not null, bundle int not null, hour timestamptz not null, slot_id int, creative_id int, metric text,
    rejection text, city text, device text, site_id int, article text, amount bigint not null
) on commit delete rows;
create temp table if not exists counted (like incoming) on commit delete rows;
create temp table if not exists summed (
    hour timestamptz not null, slot_id int, creative_id int, city text, device text, requests bigint, unfilled bigint,
    impressions bigint, viewable bigint, clicks bigint, unseen_clicks bigint, refreshed bigint, invalid bigint
) on commit delete rows
"""

# Room to sort and to group 100,000 counters in memory.
SET_MEMORY = "set local work_mem = '64MB'"

DEDUPLICATE = "insert into counted select distinct * from incoming"
SIZES = """
select batch, sum(size)::bigint as size from (
    select batch, count(*) as size from counted where bundle = 0 group by batch
    union all
    select batch, count(*) from (select distinct batch, bundle from counted where bundle > 0) as bundles group by batch
) as sizes group by batch
"""

SUM_UP = """
insert into summed
select hour, slot_id, creative_id, city, device,
    coalesce(sum(amount) filter (where metric = 'request' and rejection is null), 0),
    coalesce(sum(amount) filter (where metric = 'unfilled' and rejection is null), 0),
    coalesce(sum(amount) filter (where metric = 'impression' and rejection is null), 0),
    coalesce(sum(amount) filter (where metric = 'viewable' and rejection is null), 0),
    coalesce(sum(amount) filter (where metric = 'click' and rejection is null), 0),
    coalesce(sum(amount) filter (where metric = 'unseen_click' and rejection is null), 0),
    coalesce(sum(amount) filter (where metric = 'refreshed' and rejection is null), 0),
    coalesce(sum(amount) filter (where rejection is not null), 0)
from counted where slot_id is not null group by hour, slot_id, creative_id, city, device
"""

# Rows are written in the order of their keys: writers that lock in one order cannot block each other for good.
# A price for a thousand is a whole number of micros for one (a constraint of the schema), so spend is exact.
# A flat price is earned by time, not by events; the report adds it.
_SUMS = """
    sum(requests) as requests, sum(unfilled) as unfilled, sum(impressions) as impressions, sum(viewable) as viewable,
    sum(clicks) as clicks, sum(unseen_clicks) as unseen_clicks, sum(refreshed) as refreshed,
    sum(invalid) as invalid
"""
_PRICED = """
    requests, unfilled, impressions, viewable, clicks, unseen_clicks, refreshed, invalid,
    case price_model when 'cpm' then impressions * (price_micros / 1000)
                     when 'vcpm' then viewable * (price_micros / 1000)
                     when 'cpc' then clicks * price_micros
                     else 0 end
"""
_COLUMNS = "requests, unfilled, impressions, viewable, clicks, unseen_clicks, refreshed, invalid, spend_micros"
_ADD = """
    requests = t.requests + excluded.requests, unfilled = t.unfilled + excluded.unfilled,
    impressions = t.impressions + excluded.impressions, viewable = t.viewable + excluded.viewable,
    clicks = t.clicks + excluded.clicks, unseen_clicks = t.unseen_clicks + excluded.unseen_clicks,
    refreshed = t.refreshed + excluded.refreshed,
    invalid = t.invalid + excluded.invalid, spend_micros = t.spend_micros + excluded.spend_micros
"""
_PRICES = """
left join creative on creative.id = creative_id left join campaign on campaign.id = creative.campaign_id
"""

ADD_HOURLY = f"""
insert into hourly as t (hour, slot_id, creative_id, {_COLUMNS})
select hour, slot_id, creative_id, {_PRICED}
from (select hour, slot_id, creative_id, {_SUMS} from summed group by hour, slot_id, creative_id) as sums {_PRICES}
order by hour, slot_id, creative_id
on conflict (hour, slot_id, creative_id) do update set {_ADD}
"""  # noqa: S608 - made of constants only

ADD_DAILY = f"""
insert into daily as t (day, slot_id, creative_id, city, device, {_COLUMNS})
select day, slot_id, creative_id, city, device, {_PRICED}
from (select (hour at time zone coalesce(site.timezone, 'UTC'))::date as day, slot_id, creative_id, city, device,
             {_SUMS}
      from summed left join slot on slot.id = slot_id left join site on site.id = slot.site_id
      group by day, slot_id, creative_id, city, device) as sums {_PRICES}
order by day, slot_id, creative_id, city, device
on conflict (day, slot_id, creative_id, city, device) do update set {_ADD}
"""  # noqa: S608 - made of constants only

ADD_INVALID = """
insert into invalid_hourly as t (hour, slot_id, creative_id, kind, reason, events)
select hour, coalesce(slot_id, 0), coalesce(creative_id, 0), metric, rejection, sum(amount)
from counted where rejection is not null
group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
on conflict (hour, slot_id, creative_id, kind, reason) do update set events = t.events + excluded.events
"""

ADD_VIEWS = """
insert into article_hourly as t (site_id, article, hour, views)
select site_id, article, hour, sum(amount)
from counted where slot_id is null and rejection is null
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
HOURS = "select distinct hour from summed"

PRUNE = "delete from flushed_batch where flushed_at < now() - make_interval(days => $1)"


class ArticleReaders(NamedTuple):
    """How many told-apart readers an article had on a day of its site."""

    day: date
    site_id: int
    article: str
    readers: int


class Piece(NamedTuple):
    """A part of a batch; `bundle` is the number, from 1, of the bundle that it is, 0 for counters by themselves."""

    counts: Iterable[tuple[AnyCounter, int]]
    bundle: int = 0


class Batch(NamedTuple):
    """Counters under the id by which they are stored once; `size` is how many there must be, where that can fail: each
    bundle is one."""

    id: UUID
    counts: Mapping[AnyCounter, int] | AsyncIterable[Piece]
    size: int | None = None


class BatchIncomplete(Exception):
    """Fewer counters were read than the batch has, as when Redis was started anew meanwhile; reading again is safe."""


async def store_batch(connection: Connection, batch_id: UUID, counts: Mapping[AnyCounter, int]) -> bool:
    """Add a batch in one transaction. Returns False, and adds nothing, where it has been added before."""
    return await store_batches(connection, [Batch(batch_id, counts)]) == 1


async def store_batches(
    connection: Connection,
    batches: Sequence[Batch],
    readers: Callable[[], Awaitable[Sequence[ArticleReaders]]] | None = None,
) -> int:
    """Add batches in one transaction, all or none, except those that have been added before; return how many were new.

    `readers` is asked once all counts have been read. Raises BatchIncomplete.
    """
    await connection.execute(CREATE_INCOMING)
    async with connection.transaction():
        claimed = {row["batch_id"] for row in await connection.fetch(CLAIM_BATCHES, [batch.id for batch in batches])}
        if not claimed:
            return 0
        await connection.execute(SET_MEMORY)
        new = [batch for batch in batches if batch.id in claimed]
        await _read(connection, new)
        await connection.execute(DEDUPLICATE)
        await _check_sizes(connection, new)
        await connection.execute(SUM_UP)
        await _ensure_partitions(connection)
        for statement in (ADD_HOURLY, ADD_DAILY, ADD_INVALID, ADD_VIEWS):
            await connection.execute(statement)
        if readers is not None and (columns := list(zip(*await readers(), strict=True))):
            await connection.execute(SET_READERS, *columns)
    return len(new)


async def _check_sizes(connection: Connection, batches: Sequence[Batch]) -> None:
    sizes = {row["batch"]: row["size"] for row in await connection.fetch(SIZES)}
    for number, batch in enumerate(batches):
        read = sizes.get(number, 0)
        if batch.size is not None and read != batch.size:
            raise BatchIncomplete(f"{read} of {batch.size} counters of batch {batch.id} were read")


async def prune_ledger(connection: Connection, days: int) -> None:
    """Forget batches stored more than `days` ago."""
    await connection.execute(PRUNE, days)


async def _read(connection: Connection, batches: Sequence[Batch]) -> None:
    for number, (_, counts, _) in enumerate(batches):
        async for piece in _one_piece(counts) if isinstance(counts, Mapping) else counts:
            # Row by row from an asynchronous iterator takes half as long again.
            records = [_record(number, piece.bundle, counter, amount) for counter, amount in piece.counts if amount > 0]
            if records:
                await connection.copy_records_to_table("incoming", records=records)


async def _one_piece(counts: Mapping[AnyCounter, int]) -> AsyncIterator[Piece]:
    yield Piece(counts.items())


def _record(batch: int, bundle: int, counter: AnyCounter, amount: int) -> tuple[object, ...]:
    hour, rejection = _time(counter.hour), counter.rejection
    if isinstance(counter, ViewCounter):
        view = (None, None, EventKind.VIEW, rejection, None, None, counter.site_id, counter.article)
        return (batch, bundle, hour, *view, amount)
    _, slot_id, creative_id, metric, _, city, device = counter
    return (batch, bundle, hour, slot_id, creative_id, metric, rejection, city, device, None, None, amount)


@lru_cache(maxsize=1024)
def _time(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * SECONDS_AN_HOUR, UTC)


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
    # Two flushers may meet here; "if not exists" does not keep them from colliding. Pages keep room for updates: a row
    # is added to by every flush of its hour or day, and beside its former self it needs no new index entry.
    with suppress(asyncpg.DuplicateTableError, asyncpg.UniqueViolationError):
        async with connection.transaction():
            await connection.execute(
                f"create table if not exists {name} partition of {table} for values from ('{first}') to ('{last}') "
                "with (fillfactor = 70)"
            )


def _bound(table: str, day: date) -> str:
    return day.isoformat() if table == "daily" else datetime.combine(day, time(), UTC).isoformat()
