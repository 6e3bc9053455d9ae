"""A paper with four weeks of even traffic, of which half is from Van, and what is booked there."""

from datetime import datetime, timedelta

import asyncpg
import pytest

from adserver.forecast.clock import hour_of, time_of
from adserver.forecast.record import add_traffic
from adserver.forecast.sample import Amount, PageKind
from adserver.inventory.model import SiteId, SlotId

SITE = SiteId(1)
TOP, FOOTER = SlotId(1), SlotId(2)
REQUESTS_AN_HOUR = 100
IMPRESSIONS_AN_HOUR = 90

INVENTORY = """
insert into site (key, name, domains, timezone, language) values
    ('haber', 'Haber', '{haber.example}', 'Europe/Istanbul', 'tr');
insert into slot (site_id, name, label, sizes) values
    (1, 'top', 'REKLAM', '{970x250,728x90}'), (1, 'footer', 'REKLAM', '{728x90}');
insert into advertiser (key, name) values ('zeytin', 'Zeytin');
"""
ADD_HOURS = """
insert into hourly (hour, slot_id, creative_id, requests, unfilled, impressions, viewable, clicks)
select hour, slot, 0, 100, 0, 90, 45, 1
from generate_series($1::timestamptz, $2::timestamptz, '1 hour') hour, unnest('{1,2}'::int[]) slot
"""
ADD_CAMPAIGN = """
with added as (
    insert into campaign (advertiser_id, key, name, tier, goal_kind, goal_amount, starts, ends, targeting)
    values (1, $1::text, $1::text, $2, $3, $4, $5, $6, $7::text::jsonb) returning id
), placed as (
    insert into campaign_slot (campaign_id, slot_id) select id, unnest($8::int[]) from added
)
insert into creative (campaign_id, key, kind, size, html, click_url)
select id, 'a', 'html', '728x90', '<b>ad</b>', 'https://shop.example/' from added
"""


def page(city: str, device: str) -> PageKind:
    return PageKind(SITE, (TOP, FOOTER), 0, (("city", (city,)), ("device", (device,))))


async def add_history(connection: asyncpg.Connection, now: datetime) -> None:
    """Inventory, and four weeks in which every hour was the same; each page had both slots."""
    await connection.execute(INVENTORY)
    last = time_of(hour_of(now) - 1)
    await connection.execute(ADD_HOURS, last - timedelta(days=28) + timedelta(hours=1), last)
    kinds = {
        page("van", "mobile"): Amount(4_000, 4_000),
        page("van", "desktop"): Amount(1_000, 1_000),
        page("muş", "mobile"): Amount(4_000, 4_000),
        page("muş", "desktop"): Amount(1_000, 1_000),
    }
    await add_traffic(connection, now.date(), kinds)


async def add_campaign(
    connection: asyncpg.Connection,
    key: str,
    now: datetime,
    *,
    tier: str = "guaranteed",
    goal: tuple[str, object] | None = ("impressions", 10_000),
    days: float = 10,
    targeting: str = "{}",
    slots: tuple[int, ...] = (TOP, FOOTER),
) -> int:
    """Book a campaign from now on for so many days; return its creative's id."""
    kind, amount = goal or (None, None)
    starts, ends = time_of(hour_of(now)), time_of(hour_of(now)) + timedelta(days=days)
    await connection.execute(ADD_CAMPAIGN, key, tier, kind, amount, starts, ends, targeting, list(slots))
    creative: int = await connection.fetchval("select max(id) from creative")
    return creative


@pytest.fixture
def now() -> datetime:
    return time_of(497_000) + timedelta(minutes=20)


@pytest.fixture
async def paper(connection: asyncpg.Connection, now: datetime) -> asyncpg.Connection:
    await add_history(connection, now)
    return connection
