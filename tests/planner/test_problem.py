"""What is planned: requests by signature, and bookings, from a paper whose figures are known."""

from datetime import datetime, timedelta
from decimal import Decimal

import asyncpg
import numpy as np
import pytest

from adserver.forecast.load import load_delivered, load_histories, load_kinds, load_rates
from adserver.inventory.load import load_inventory
from adserver.inventory.model import CampaignId, Tier
from adserver.planner.problem import Known, Problem, problem_of
from tests.forecast.conftest import FOOTER, REQUESTS_AN_HOUR, TOP, add_campaign


async def problem(paper: asyncpg.Connection, now: datetime) -> Problem:
    inventory = await load_inventory(paper)
    campaigns = [campaign.id for campaign in inventory.campaigns]
    known = Known(
        await load_histories(paper, inventory.sites, inventory.slots, now),
        await load_rates(paper, inventory.slots, now),
        await load_kinds(paper, inventory.sites, inventory.slots, now),
        await load_delivered(paper, campaigns, now - timedelta(days=40), now + timedelta(hours=1)),
    )
    return problem_of(inventory, known, now)


async def test_signatures_are_slots_with_who_may_be_shown(paper: asyncpg.Connection, now: datetime) -> None:
    await add_campaign(paper, "van", now, days=2, targeting='{"city": ["Van"]}', slots=(TOP,))
    await add_campaign(paper, "all", now, days=4)
    found = await problem(paper, now)
    van, everywhere = (set(booking.eligible.tolist()) for booking in found.bookings)
    assert found.traffic.requests.shape == (3, 4 * 24 + 1)
    assert len(van) == 1
    assert van < everywhere
    # Half of one slot for Van, the two slots for all.
    assert found.traffic.requests[sorted(van)].sum(axis=0) == pytest.approx(REQUESTS_AN_HOUR / 2, rel=0.01)
    assert found.traffic.requests[sorted(everywhere)].sum(axis=0) == pytest.approx(2 * REQUESTS_AN_HOUR, rel=0.01)


async def test_hours_begin_with_the_present_one(paper: asyncpg.Connection, now: datetime) -> None:
    await add_campaign(paper, "all", now)
    found = await problem(paper, now)
    assert found.traffic.starts == now.replace(minute=0, second=0, microsecond=0)


async def test_a_booking_has_its_goal_its_counts_and_what_a_choice_brings(
    paper: asyncpg.Connection, now: datetime
) -> None:
    creative = await add_campaign(paper, "viewable", now - timedelta(days=2), goal=("viewable", 5_000))
    await paper.execute(
        "insert into hourly (hour, slot_id, creative_id, requests, impressions, viewable) "
        "values (date_trunc('hour', $1, 'UTC'), 1, $2, 50000, 25000, 20000)",
        now - timedelta(hours=2), creative,
    )  # fmt: skip
    [booking] = (await problem(paper, now)).bookings
    assert (booking.tier, booking.goal, booking.delivered) == (Tier.GUARANTEED, 5_000, 20_000)
    assert booking.yields == pytest.approx(0.4, rel=0.1)  # half is rendered, four fifths of that are viewable
    assert booking.passed == pytest.approx(2 * 48 * REQUESTS_AN_HOUR + 50_000)


async def test_day_parts_say_what_is_open(paper: asyncpg.Connection, now: datetime) -> None:
    await add_campaign(paper, "morning", now, days=7, targeting='{"hours": ["06:30-12:00"]}')
    [booking] = (await problem(paper, now)).bookings
    assert booking.open is not None
    assert booking.open[:168].sum() == pytest.approx(7 * 5.5)
    assert set(np.unique(booking.open)) == {0.0, 0.5, 1.0}


async def test_what_has_no_goal_is_not_planned(paper: asyncpg.Connection, now: datetime) -> None:
    await add_campaign(paper, "open", now, tier="standard", goal=None)
    await add_campaign(paper, "house", now, tier="house", goal=None)
    await add_campaign(paper, "capped", now, tier="standard", goal=("clicks", 50))
    await add_campaign(paper, "sponsor", now, tier="sponsorship", goal=("share", Decimal("0.25")))
    await add_campaign(paper, "over", now - timedelta(days=20), days=10)
    planned = {(booking.id, booking.tier, booking.goal) for booking in (await problem(paper, now)).bookings}
    assert planned == {(CampaignId(3), Tier.STANDARD, 50.0), (CampaignId(4), Tier.SPONSORSHIP, 0.25)}


async def test_many_signatures_are_sampled_and_their_requests_kept(paper: asyncpg.Connection, now: datetime) -> None:
    for number in range(9):
        cities = ", ".join(f'"city {place}"' for place in range(512) if place >> number & 1)
        await add_campaign(paper, f"c-{number}", now, days=390, targeting=f'{{"city": [{cities}]}}', slots=(FOOTER,))
    await paper.execute("delete from traffic")
    await paper.execute(
        "insert into daily (day, slot_id, creative_id, city, device, requests) "
        "select $1, 2, 0, 'city ' || place, 'mobile', 100 from generate_series(0, 511) place",
        now.date(),
    )
    found = await problem(paper, now)
    assert found.traffic.requests.shape[0] < 200
    assert found.traffic.requests[:, 0].sum() == pytest.approx(REQUESTS_AN_HOUR * 511 / 512, rel=0.02)
    for booking in found.bookings:
        assert found.traffic.requests[booking.eligible, 0].sum() == pytest.approx(REQUESTS_AN_HOUR / 2, rel=0.15)
