from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adserver.inventory.model import CampaignId, Tier
from adserver.planning.plan import make_plan
from adserver.planning.pressure import weights
from tests.planning.examples import START, booking, traffic

FIRST, SECOND, CAP = CampaignId(1), CampaignId(2), CampaignId(3)
PLAN = make_plan(traffic(), [booking(1, 4_000), booking(2, 8_000), booking(3, 2_000, tier=Tier.STANDARD)], START)
LATER = START + timedelta(hours=5)


def test_a_delivered_goal_weighs_nothing() -> None:
    assert weights(PLAN, {FIRST: 4_000, SECOND: 8_003, CAP: 2_000}, LATER) == {FIRST: 0, SECOND: 0, CAP: 0}


def test_on_its_plan_a_campaign_weighs_what_is_planned() -> None:
    due = dict(zip(PLAN.campaigns, PLAN.due_at(5 * 3600).tolist(), strict=True))
    found = weights(PLAN, due, LATER)
    assert [found[FIRST], found[SECOND]] == pytest.approx(PLAN.weights[:2, 5].tolist())
    assert found[CAP] == 0


@settings(deadline=None)
@given(st.floats(0, 4_500), st.floats(0, 4_500), st.floats(0, 60), st.sampled_from([FIRST, SECOND, CAP]))
def test_the_less_is_delivered_the_more_a_campaign_weighs(
    one: float, other: float, hours: float, campaign: CampaignId
) -> None:
    now = START + timedelta(hours=hours)
    less, more = (weights(PLAN, {campaign: each}, now)[campaign] for each in sorted((one, other)))
    assert less >= more >= 0


def test_a_cap_waits_when_it_is_early_and_runs_when_it_is_late() -> None:
    assert weights(PLAN, {CAP: 500}, LATER)[CAP] == 0
    assert weights(PLAN, {CAP: 50}, LATER)[CAP] == 1


def test_a_campaign_that_is_not_counted_stands_where_it_was_planned() -> None:
    assert weights(PLAN, {}, START) == pytest.approx({FIRST: PLAN.weights[0, 0], SECOND: PLAN.weights[1, 0], CAP: 0})


def test_a_plan_that_is_too_old_still_gives_weights() -> None:
    found = weights(PLAN, {}, START + timedelta(days=90))
    assert found[FIRST] > 0
    assert found[SECOND] > 0
