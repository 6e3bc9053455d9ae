"""Adds the workers' samples to Postgres, and keeps the table small."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

from adserver.connections import POSTGRES_FAILURES, Connection, Pool
from adserver.forecast.interests import Attributes
from adserver.forecast.sample import MAX_KINDS, NOTHING, Amount, PageKind, TrafficSample

logger = logging.getLogger(__name__)

WRITE_SECONDS = 60.0
WRITES_AN_HOUR = 60
KINDS_A_DAY = 5_000
"""Rows of one site and day; the rarest beyond it lose their attributes."""

# Rows are written in the order of their keys, so that workers that write at once cannot block each other for good.
ADD = """
insert into traffic as t (day, site_id, id, slots, max_width, attributes, pages, noted)
select $1::date, site_id, id, slots::integer[], max_width, attributes::jsonb, pages, noted
from unnest($2::int[], $3::bytea[], $4::text[], $5::int[], $6::text[], $7::bigint[], $8::bigint[])
    as added (site_id, id, slots, max_width, attributes, pages, noted)
order by site_id, id
on conflict (day, site_id, id) do update set pages = t.pages + excluded.pages, noted = t.noted + excluded.noted
"""

PRUNE = "delete from traffic where day < $1"

TAKE_RARE = """
delete from traffic as t using (
    select day, site_id, id, row_number() over (partition by day, site_id order by noted desc, id) as place
    from traffic where day < $1 and attributes <> '{}'
) as ranked
where (t.day, t.site_id, t.id) = (ranked.day, ranked.site_id, ranked.id) and place > $2
returning t.day, t.site_id, t.slots, t.max_width, t.pages, t.noted
"""


async def record_traffic(
    pool: Pool, sample: TrafficSample, count_dropped: Callable[[int], object], seconds: float = WRITE_SECONDS
) -> None:
    """Add what was sampled every minute, until cancelled.

    While Postgres is away up to MAX_KINDS combinations are kept; `count_dropped` is told the requests that were not.
    """
    waiting: dict[PageKind, Amount] = {}
    is_away, turn = False, 0
    while True:
        await asyncio.sleep(seconds)
        turn += 1
        dropped = add_up(waiting, sample.take() if turn % WRITES_AN_HOUR else sample.close())
        if dropped:
            count_dropped(dropped)
        try:
            async with pool.acquire() as connection:
                await add_traffic(connection, datetime.now(UTC).date(), waiting)
            waiting, is_away = {}, False
        except POSTGRES_FAILURES as error:
            if not is_away:
                logger.warning("the sample of traffic waits for Postgres: %s", error or type(error).__name__)
            is_away = True


async def add_traffic(connection: Connection, day: date, kinds: Mapping[PageKind, Amount]) -> None:
    """Add to the rows of a day. Not safe to repeat: a lost reply may count a minute's sample twice, which changes no
    proportion that matters."""
    rows = [
        (kind.site_id, _hash(kind), _array(kind.slots), kind.max_width, attributes_text(kind.attributes), *amount)
        for kind, amount in kinds.items()
    ]
    if rows:
        await connection.execute(ADD, day, *(list(column) for column in zip(*rows, strict=True)))


async def tidy_traffic(connection: Connection, today: date, days: int) -> None:
    """Delete what is more than `days` old, and fold what is beyond KINDS_A_DAY on the days that are over."""
    await connection.execute(PRUNE, today - timedelta(days=days))
    async with connection.transaction():
        rare = await connection.fetch(TAKE_RARE, today, KINDS_A_DAY)
        folded: dict[date, dict[PageKind, Amount]] = {}
        for row in rare:
            kind = PageKind(row["site_id"], tuple(row["slots"]), row["max_width"], ())
            kinds = folded.setdefault(row["day"], {})
            kinds[kind] = kinds.get(kind, NOTHING).plus(Amount(row["pages"], row["noted"]))
        for day in sorted(folded):
            await add_traffic(connection, day, folded[day])


def add_up(waiting: dict[PageKind, Amount], new: Mapping[PageKind, Amount]) -> int:
    """Add the new to what waits, up to MAX_KINDS; return how many sampled requests found no room."""
    dropped = 0
    for kind, amount in new.items():
        if kind in waiting or len(waiting) < MAX_KINDS:
            waiting[kind] = waiting.get(kind, NOTHING).plus(amount)
        else:
            dropped += amount.noted
    return dropped


def attributes_text(attributes: Attributes) -> str:
    """Return attributes as the table has them."""
    return json.dumps(dict(attributes), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def attributes_of(text: str) -> Attributes:
    """Return what `attributes_text` gave."""
    return tuple(sorted((name, tuple(values)) for name, values in json.loads(text).items()))


def _hash(kind: PageKind) -> bytes:
    text = f"{_array(kind.slots)} {kind.max_width} {attributes_text(kind.attributes)}"
    return hashlib.blake2b(text.encode(), digest_size=12).digest()


def _array(slots: tuple[int, ...]) -> str:
    return "{" + ",".join(map(str, slots)) + "}"
