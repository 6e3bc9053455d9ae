"""Reads what forecasts are made from: figures by hour, and what pages look like."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import asyncpg

from adserver.connections import Connection
from adserver.forecast.audience import Kinds
from adserver.forecast.clock import HOURS_A_WEEK, hour_of, time_of
from adserver.forecast.interests import OTHER, normal
from adserver.forecast.record import attributes_of
from adserver.forecast.rollup import rolled_up_until
from adserver.forecast.sample import NOTHING, Amount, PageKind
from adserver.forecast.supply import Rates
from adserver.forecast.volume import WEEKS, History
from adserver.inventory.model import CampaignId, Site, SiteId, Slot, SlotId

MIX_DAYS = 28
"""Whole weeks, so that no weekday counts more than another."""
RATE_DAYS = 28
LEAST_NOTED = 500
"""Sampled requests of a site below which its daily figures tell more, though they know city and device only."""

# Taken to be so, with that many impressions' weight, until a slot's own figures say more.
_PRIOR = 200
_PRIOR_RATES = Rates(impressions=0.9, viewable=0.6, clicks=0.002)

# In each, $3 is the midnight until which there are sums ready; what is later is summed from `hourly`.
HOURLY = """
select slot_id, extract(epoch from hour)::bigint / 3600 as hour, requests
from slot_hourly where slot_id = any($1::int[]) and requests > 0
    and hour >= $2 and hour < least($3::timestamptz, $4::timestamptz)
union all
select slot_id, extract(epoch from hour)::bigint / 3600, sum(requests)::bigint
from hourly where slot_id = any($1::int[]) and hour >= greatest($2::timestamptz, $3::timestamptz) and hour < $4
group by 1, 2 having sum(requests) > 0
"""
RATES = """
select slot_id, sum(filled)::bigint as filled, sum(impressions)::bigint as impressions,
    sum(viewable)::bigint as viewable, sum(clicks)::bigint as clicks
from (
    select slot_id, filled, impressions, viewable, clicks
    from slot_hourly where slot_id = any($1::int[]) and hour >= $2 and hour < least($3::timestamptz, $4::timestamptz)
    union all
    select slot_id, requests - unfilled, impressions, viewable, clicks
    from hourly where slot_id = any($1::int[]) and hour >= greatest($2::timestamptz, $3::timestamptz) and hour < $4
) as figures group by slot_id
"""
TRAFFIC = """
select site_id, min(slots) as slots, min(max_width) as max_width, min(attributes::text) as attributes,
    sum(pages)::bigint as pages, sum(noted)::bigint as noted
from traffic where site_id = any($1::int[]) and day >= $2 group by site_id, id
"""
DAILY = """
select slot_id, city, device, sum(requests)::bigint as requests
from daily where slot_id = any($1::int[]) and day >= $2 group by 1, 2, 3 having sum(requests) > 0
"""
# From the midnight before $2 on, where that is before $3.
DELIVERED = """
select campaign_id, sum(requests)::bigint as requests, sum(impressions)::bigint as impressions,
    sum(viewable)::bigint as viewable, sum(clicks)::bigint as clicks
from (
    select creative_id, requests, impressions, viewable, clicks from creative_daily
    where day >= ($2::timestamptz at time zone 'UTC')::date
        and day < (least($3::timestamptz, $4::timestamptz) at time zone 'UTC')::date
    union all
    select creative_id, requests, impressions, viewable, clicks from hourly
    where hour >= greatest($2::timestamptz, $3::timestamptz) and hour < $4
) as figures join creative on creative.id = creative_id where campaign_id = any($1::int[]) group by campaign_id
"""


Requests = Mapping[SlotId, Mapping[int, float]]
"""By slot and hour of Unix time; hours without any are left out."""


class Delivered(NamedTuple):
    """Requests that a campaign won, and its counted events."""

    requests: int
    impressions: int
    viewable: int
    clicks: int

    def plus(self, other: "Delivered") -> "Delivered":
        return Delivered(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


NOTHING_DELIVERED = Delivered(0, 0, 0, 0)


async def load_histories(
    connection: Connection, sites: Sequence[Site], slots: Sequence[Slot], now: datetime
) -> dict[SiteId, History]:
    """Return each site's requests of the last weeks, to the last full hour; a history begins with its first request."""
    until = hour_of(now)
    requests = await load_requests(connection, slots, until - WEEKS * HOURS_A_WEEK, until)
    return histories_of(sites, slots, requests, until)


async def load_requests(connection: Connection, slots: Iterable[Slot], since: int, until: int) -> Requests:
    """Return the slots' requests by hour of Unix time, from one to just before the other."""
    ready = await rolled_up_until(connection)
    rows = await connection.fetch(HOURLY, [slot.id for slot in slots], time_of(since), ready, time_of(until))
    by_slot: defaultdict[SlotId, dict[int, float]] = defaultdict(dict)
    for row in rows:
        by_slot[SlotId(row["slot_id"])][row["hour"]] = float(row["requests"])
    return by_slot


def histories_of(sites: Sequence[Site], slots: Sequence[Slot], requests: Requests, until: int) -> dict[SiteId, History]:
    """Return the requests by site."""
    return {
        site.id: _history(site, [slot.id for slot in slots if slot.site_id == site.id], requests, until)
        for site in sites
    }


async def load_rates(connection: Connection, slots: Sequence[Slot], now: datetime) -> dict[SlotId, Rates]:
    """Return what became of each slot's requests lately."""
    until = time_of(hour_of(now))
    since, ready = until - timedelta(days=RATE_DAYS), await rolled_up_until(connection)
    rows = await connection.fetch(RATES, [slot.id for slot in slots], since, ready, until)
    return {slot.id: _PRIOR_RATES for slot in slots} | {SlotId(row["slot_id"]): _rates(row) for row in rows}


async def load_kinds(
    connection: Connection, sites: Sequence[Site], slots: Sequence[Slot], now: datetime
) -> dict[PageKind, Amount]:
    """Return what the sites' pages were like: sampled, or where that says too little as far as daily figures go."""
    since = now.date() - timedelta(days=MIX_DAYS)
    kinds: dict[PageKind, Amount] = {}
    for row in await connection.fetch(TRAFFIC, [site.id for site in sites], since):
        kind = PageKind(
            SiteId(row["site_id"]), tuple(row["slots"]), row["max_width"], attributes_of(row["attributes"])
        )  # fmt: skip
        kinds[kind] = Amount(row["pages"], row["noted"])
    noted: defaultdict[SiteId, int] = defaultdict(int)
    for kind, amount in kinds.items():
        noted[kind.site_id] += amount.noted
    scarce = {slot.id: slot.site_id for slot in slots if noted[slot.site_id] < LEAST_NOTED}
    return {**kinds, **_daily_kinds(await connection.fetch(DAILY, list(scarce), since), scarce)} if scarce else kinds


async def load_delivered(
    connection: Connection, campaigns: Iterable[CampaignId], since: datetime, until: datetime
) -> dict[CampaignId, Delivered]:
    """Return what was counted for campaigns in the hours, or from the midnight (UTC) before on; those without anything
    are left out."""
    ready = await rolled_up_until(connection)
    rows = await connection.fetch(DELIVERED, list(campaigns), since, ready, until)
    figures = ("requests", "impressions", "viewable", "clicks")
    return {CampaignId(row["campaign_id"]): Delivered(*(row[name] for name in figures)) for row in rows}


def _history(site: Site, slots: Sequence[SlotId], by_slot: Requests, until: int) -> History:
    first = min((hour for slot in slots for hour in by_slot.get(slot, ())), default=until)
    series = {slot: [by_slot.get(slot, {}).get(hour, 0.0) for hour in range(first, until)] for slot in slots}
    return History(ZoneInfo(site.timezone), first, series)


def _rates(row: asyncpg.Record) -> Rates:
    filled, impressions, viewable, clicks = (
        max(0, row[name]) for name in ("filled", "impressions", "viewable", "clicks")
    )
    return Rates(
        impressions=min(1.0, (impressions + _PRIOR * _PRIOR_RATES.impressions) / (filled + _PRIOR)),
        viewable=min(1.0, (viewable + _PRIOR * _PRIOR_RATES.viewable) / (impressions + _PRIOR)),
        clicks=min(1.0, (clicks + _PRIOR * _PRIOR_RATES.clicks) / (impressions + _PRIOR)),
    )


def _daily_kinds(rows: Sequence[asyncpg.Record], sites: Mapping[SlotId, SiteId]) -> Kinds:
    """One slot a page, as daily figures do not say which came together."""
    kinds: dict[PageKind, Amount] = {}
    for row in rows:
        slot = SlotId(row["slot_id"])
        city = (row["city"] if row["city"] == OTHER else normal("city", row["city"]),) if row["city"] else ()
        attributes = (("city", city), ("device", (row["device"],)))
        kind = PageKind(sites[slot], (slot,), 0, attributes)
        amount = Amount(row["requests"], row["requests"])
        kinds[kind] = kinds.get(kind, NOTHING).plus(amount)
    return kinds
