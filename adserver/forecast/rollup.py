"""Sums of settled days, kept beside the figures: a forecast then reads thousands of rows where there are millions."""

from datetime import datetime, timedelta

from adserver.connections import Connection
from adserver.forecast.clock import EPOCH

SETTLED = timedelta(hours=24)
"""How long after its end a day may still change: longer than any journal keeps an event."""
DAYS_AT_ONCE = 7
AGAIN_DAYS = 2
"""Settled days that are summed once more, should something have come later after all."""

UNTIL = "select until from rolled_up"
FIRST = "select date_trunc('day', min(hour), 'UTC') from hourly"

ADD_SLOTS = """
insert into slot_hourly (slot_id, hour, requests, filled, impressions, viewable, clicks)
select slot_id, hour, sum(requests), sum(requests - unfilled), sum(impressions), sum(viewable), sum(clicks)
from hourly where hour >= $1 and hour < $2 group by slot_id, hour order by slot_id, hour
on conflict (slot_id, hour) do update set requests = excluded.requests, filled = excluded.filled,
    impressions = excluded.impressions, viewable = excluded.viewable, clicks = excluded.clicks
"""
ADD_CREATIVES = """
insert into creative_daily (creative_id, day, requests, impressions, viewable, clicks)
select creative_id, (hour at time zone 'UTC')::date as day, sum(requests), sum(impressions), sum(viewable), sum(clicks)
from hourly where hour >= $1 and hour < $2 and creative_id > 0 group by creative_id, day order by creative_id, day
on conflict (creative_id, day) do update set requests = excluded.requests, impressions = excluded.impressions,
    viewable = excluded.viewable, clicks = excluded.clicks
"""
SET_UNTIL = """
insert into rolled_up (until) values ($1) on conflict (is_only) do update set until = excluded.until
"""


async def roll_up(connection: Connection, now: datetime) -> None:
    """Add the days that have settled, some at a time; may be repeated, and broken off anywhere."""
    settled = (now - SETTLED).replace(hour=0, minute=0, second=0, microsecond=0)
    known: datetime | None = await connection.fetchval(UNTIL)
    if known is not None and known >= settled:
        return
    since: datetime | None = await connection.fetchval(FIRST) if known is None else known - timedelta(days=AGAIN_DAYS)
    while since is not None and since < settled:
        until = min(since + timedelta(days=DAYS_AT_ONCE), settled)
        async with connection.transaction():
            await connection.execute(ADD_SLOTS, since, until)
            await connection.execute(ADD_CREATIVES, since, until)
            await connection.execute(SET_UNTIL, until)
        since = until


async def rolled_up_until(connection: Connection) -> datetime:
    """Return the midnight (UTC) before which the sums are whole; EPOCH where there are none yet."""
    until: datetime | None = await connection.fetchval(UNTIL)
    return until or EPOCH
