from datetime import timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adserver.inventory.model import CampaignId, Pacing, Tier
from adserver.planning.plan import CAUTION, make_plan
from adserver.planning.values import Booking, Plan, Traffic
from tests.planning.examples import START, booking, traffic

HOUR = timedelta(hours=1)
SHARES = st.lists(st.floats(0.02, 1.0), min_size=2, max_size=8)


@st.composite
def feasible(draw: st.DrawFn) -> list[Booking]:
    """Campaigns whose goals are what a draw by fixed weights would give them, house ads a tenth."""
    found: list[Booking] = []
    for number, weight in enumerate(draw(SHARES)):
        eligible = sorted(draw(st.sets(st.integers(0, 3), min_size=1)))
        starts, length = draw(st.integers(0, 40)), draw(st.integers(6, 48))
        found.append(booking(number, weight, eligible, starts=starts, ends=min(48, starts + length)))
    goals = np.zeros(len(found))
    for signature in range(4):
        for hour in range(48):
            at = START + hour * HOUR
            live = [each for each in found if signature in each.eligible and each.starts <= at < each.ends]  # type: ignore[operator]
            for each in live:
                goals[each.id] += 85 * each.goal / sum(other.goal for other in live)
    return [
        booking(
            each.id,
            goals[each.id],
            each.eligible.tolist(),
            starts=(each.starts - START) / HOUR,  # type: ignore[operator]
            ends=(each.ends - START) / HOUR,  # type: ignore[operator]
        )
        for each in found
    ]


@settings(max_examples=40, deadline=None)
@given(feasible())
def test_where_all_can_be_had_every_goal_is_planned(bookings: list[Booking]) -> None:
    plan = make_plan(traffic(), bookings, START)
    goals = {each.id: each.goal for each in bookings}
    assert dict(plan.finally_due) == pytest.approx(goals, rel=0.02)


@settings(max_examples=20, deadline=None)
@given(feasible(), st.randoms(use_true_random=False))
def test_order_of_bookings_does_not_matter(bookings: list[Booking], random: "np.random.Generator") -> None:
    shuffled = list(bookings)
    random.shuffle(shuffled)  # type: ignore[arg-type]
    one, other = make_plan(traffic(), bookings, START), make_plan(traffic(), shuffled, START)
    assert dict(one.finally_due) == pytest.approx(dict(other.finally_due), rel=1e-6)


def test_a_campaign_runs_along_its_traffic() -> None:
    requests = np.full((4, 48), 50.0)
    requests[:, 24:] = 150.0
    plan = make_plan(Traffic(START, requests), [booking(goal=4000, passed=0.0)], START)
    assert _due(plan, 24) == pytest.approx(1000, rel=0.08)


def test_what_will_be_contended_is_used_before() -> None:
    everyone, last_day = booking(1, 9_600), booking(2, 8_000, starts=24)
    plan = make_plan(traffic(), [everyone, last_day], START)
    assert _due(plan, 24) > 8_000
    assert dict(plan.finally_due) == pytest.approx({1: 9_600, 2: 8_000}, rel=0.02)


def test_a_campaign_waits_for_others_even_where_it_must_hurry_then() -> None:
    first_day, longer = booking(1, 9_000, ends=24), booking(2, 2_200, ends=30)
    plan = make_plan(traffic(), [first_day, longer], START)
    assert dict(plan.finally_due) == pytest.approx({1: 9_000, 2: 2_200}, rel=0.01)


def test_too_much_booked_is_missing_alike_and_nothing_is_left() -> None:
    bookings = [booking(1, 20_000), booking(2, 4_000, (0,)), booking(3, 1_000, (3,))]
    plan = make_plan(traffic(), bookings, START)
    parts = [plan.finally_due[each.id] / each.goal for each in bookings]
    assert max(parts) - min(parts) < 0.04
    assert sum(plan.finally_due.values()) == pytest.approx(19_200, rel=CAUTION)


def test_who_ends_soon_goes_first_as_more_may_come_later() -> None:
    """Of each a twentieth would be missing; more than a tenth more may come for the later one alone."""
    plan = None
    for _ in range(4):  # shares settle from plan to plan
        plan = make_plan(traffic(hours=120), [booking(1, 9_000, ends=24), booking(2, 40_000)], START, plan)
    assert plan is not None
    assert plan.finally_due[CampaignId(1)] / 9_000 > plan.finally_due[CampaignId(2)] / 40_000


def test_a_shortfall_that_hope_does_not_mend_is_shared_whenever_campaigns_end() -> None:
    soon, later = booking(1, 9_000, ends=24), booking(2, 58_000)
    plan = None
    for _ in range(6):  # shares settle from plan to plan
        plan = make_plan(traffic(hours=120), [soon, later], START, plan)
    assert plan is not None
    parts = [plan.finally_due[each.id] / each.goal for each in (soon, later)]
    assert parts[0] == pytest.approx(parts[1], abs=0.015)
    assert max(parts) < 0.8


def test_a_large_campaign_waits_for_a_small_one() -> None:
    """Both have to wait for the one of the first day."""
    first_day, small, large = booking(1, 6_500, ends=24), booking(2, 2_000), booking(3, 20_000)
    plan = make_plan(traffic(hours=96), [first_day, small, large], START)
    early = {each.id: _due(plan, 24, number) / each.goal for number, each in enumerate([first_day, small, large])}
    assert early[CampaignId(2)] > 1.3 * early[CampaignId(3)]


def test_a_shortfall_goes_to_the_lower_priority() -> None:
    bookings = [booking(1, 12_000, priority=2.0), booking(2, 12_000, priority=1.0)]
    plan = None
    for _ in range(5):  # shares settle from plan to plan
        plan = make_plan(traffic(), bookings, START, plan)
    assert plan is not None
    missing = {each.id: each.goal - plan.finally_due[each.id] for each in bookings}
    assert missing[CampaignId(2)] == pytest.approx(2 * missing[CampaignId(1)], rel=0.1)


def test_scarce_traffic_goes_to_whom_nothing_else_is_open() -> None:
    plan = make_plan(traffic(), [booking(1, 4_300, (0,)), booking(2, 12_000)], START)
    assert dict(plan.finally_due) == pytest.approx({1: 4_300, 2: 12_000}, rel=0.02)


def test_clicks_are_planned_by_clicks_an_impression() -> None:
    plan = make_plan(traffic(), [booking(goal=50, yields=0.01)], START)
    assert plan.finally_due[CampaignId(1)] == pytest.approx(50, rel=0.01)
    share = plan.weights[0, 0] / (1 + plan.weights[0, 0])
    assert share == pytest.approx(5000 / 19_200, rel=0.1)


def test_as_soon_as_possible_is_done_first_and_harms_nobody() -> None:
    bookings = [booking(1, 4_000, pacing=Pacing.ASAP), booking(2, 9_000)]
    plan = make_plan(traffic(), bookings, START)
    assert _due(plan, 24, 0) > 3_600
    assert dict(plan.finally_due) == pytest.approx({1: 4_000, 2: 9_000}, rel=0.01)


def test_day_parts_are_kept() -> None:
    opened = np.tile([1.0] * 6 + [0.0] * 6, 4)
    plan = make_plan(traffic(), [booking(goal=4_000, open=opened)], START)
    assert plan.finally_due[CampaignId(1)] == pytest.approx(4_000, rel=0.01)
    assert np.diff(plan.due[0])[6:12].tolist() == [0] * 6


def test_sponsorships_take_their_share_before() -> None:
    sponsor = booking(9, 0.5, tier=Tier.SPONSORSHIP)
    plan = make_plan(traffic(), [booking(goal=15_000), sponsor], START)
    assert plan.campaigns == (CampaignId(1),)
    assert plan.finally_due[CampaignId(1)] == pytest.approx(9_600, rel=CAUTION + 0.01)


def test_a_cap_follows_what_guaranteed_campaigns_leave() -> None:
    bookings = [booking(1, 9_000, ends=24), booking(2, 5_000, tier=Tier.STANDARD)]
    plan = make_plan(traffic(), bookings, START)
    assert plan.capped.tolist() == [False, True]
    assert plan.finally_due[CampaignId(2)] == pytest.approx(5_000)
    assert plan.due_at(24 * 3600)[1] < 1_000


def test_a_plan_begins_in_the_middle_of_an_hour() -> None:
    now = START + timedelta(minutes=30)
    plan = make_plan(traffic(), [booking(goal=1_000, ends=1)], now)
    assert plan.due_at(1800)[0] == pytest.approx(200, rel=0.01)
    assert plan.edges[:3].tolist() == [0, 1800, 5400]


def test_clocks_of_the_site_do_not_matter() -> None:
    istanbul = timezone(timedelta(hours=3))
    moved = Traffic(START.astimezone(istanbul), traffic().requests)
    one = make_plan(traffic(), [booking(starts=3)], START + HOUR)
    other = make_plan(moved, [booking(starts=3)], (START + HOUR).astimezone(istanbul))
    assert one.due.tolist() == other.due.tolist()


def test_the_last_plan_changes_nothing_but_the_time_it_takes() -> None:
    bookings = [booking(1, 9_600), booking(2, 8_000, starts=24), booking(3, 1_000, (1,))]
    before = make_plan(traffic(), bookings[:2], START)
    again = make_plan(traffic(), bookings, START + HOUR, before)
    fresh = make_plan(traffic(), bookings, START + HOUR)
    assert dict(again.finally_due) == pytest.approx(dict(fresh.finally_due), rel=0.005)


def test_nothing_booked_is_an_empty_plan() -> None:
    plan = make_plan(traffic(), [], START)
    assert plan.campaigns == ()
    assert dict(plan.finally_due) == {}


@pytest.mark.parametrize("tier", [Tier.GUARANTEED, Tier.STANDARD])
def test_a_campaign_without_any_traffic_is_planned_nothing(tier: Tier) -> None:
    plan = make_plan(traffic(), [booking(1, tier=tier, eligible=()), booking(2)], START)
    assert plan.finally_due[CampaignId(1)] == 0
    assert plan.finally_due[CampaignId(2)] == pytest.approx(1000, rel=0.01)


def _due(plan: Plan, hour: float, row: int = 0) -> float:
    return float(plan.due_at(hour * 3600)[row])
