"""Sums of settled days tell what the figures themselves tell."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from adserver.forecast.clock import EPOCH, hour_of, time_of
from adserver.forecast.load import Delivered, load_delivered, load_rates, load_requests
from adserver.forecast.rollup import roll_up, rolled_up_until
from adserver.inventory.load import load_inventory
from adserver.inventory.model import CampaignId
from tests.forecast.conftest import add_campaign

ADD = """
insert into hourly (hour, slot_id, creative_id, requests, unfilled, impressions, viewable, clicks)
select hour, 1, $1, 10, 1, 8, 4, 1 from generate_series($2::timestamptz, $3::timestamptz, '1 hour') hour
"""


@pytest.fixture
async def sold(paper: asyncpg.Connection, now: datetime) -> asyncpg.Connection:
    """The paper with a campaign that was shown ten times in every hour of three weeks."""
    creative = await add_campaign(paper, "sold", now - timedelta(days=21), days=40)
    last = time_of(hour_of(now))
    await paper.execute(ADD, creative, last - timedelta(days=21), last)
    return paper


async def told(connection: asyncpg.Connection, now: datetime) -> tuple[object, ...]:
    slots = (await load_inventory(connection)).slots
    until = hour_of(now)
    return (
        await load_requests(connection, slots, until - 2000, until),
        await load_rates(connection, slots, now),
        await load_delivered(connection, [CampaignId(1)], now - timedelta(days=30), now + timedelta(hours=1)),
        await load_delivered(connection, [CampaignId(1)], now - timedelta(hours=3), now + timedelta(hours=1)),
    )


async def test_what_is_read_is_the_same_with_sums_and_without(sold: asyncpg.Connection, now: datetime) -> None:
    before = await told(sold, now)
    assert await rolled_up_until(sold) == EPOCH
    await roll_up(sold, now)
    assert await rolled_up_until(sold) == datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=1)
    await sold.execute("delete from hourly where hour < $1", await rolled_up_until(sold))  # the sums alone tell it
    assert await told(sold, now) == before
    hours = 21 * 24 + 1
    assert before[2] == {CampaignId(1): Delivered(10 * hours, 8 * hours, 4 * hours, hours)}


async def test_each_day_is_added_once_it_is_settled(sold: asyncpg.Connection, now: datetime) -> None:
    before = await told(sold, now)
    for days in (12, 11, 11, 3, 0):
        await roll_up(sold, now - timedelta(days=days))
    await roll_up(sold, now - timedelta(days=9))  # a clock that was wrong takes nothing back
    assert await rolled_up_until(sold) == datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=1)
    assert await told(sold, now) == before


async def test_what_comes_late_is_in_the_sums_the_next_day(sold: asyncpg.Connection, now: datetime) -> None:
    await roll_up(sold, now - timedelta(days=1))
    await sold.execute("update hourly set impressions = impressions + 5 where hour = $1", time_of(hour_of(now) - 60))
    late = await told(sold, now - timedelta(days=1))
    await roll_up(sold, now)
    assert await told(sold, now - timedelta(days=1)) != late


async def test_without_figures_there_is_nothing_to_add(connection: asyncpg.Connection, now: datetime) -> None:
    await roll_up(connection, now)
    assert await rolled_up_until(connection) == EPOCH
