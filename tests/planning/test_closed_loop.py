"""Two days of random traffic with the planner in the loop: a plan every two hours, weights every five minutes."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from adserver.inventory.model import Tier
from adserver.planning.plan import make_plan
from adserver.planning.pressure import weights
from adserver.planning.values import Booking, Floats, Plan, Traffic
from tests.benchmarks.delivery.level import corrected
from tests.planning.examples import START, booking, traffic

HOURS, SIGNATURES = 48, 12
BOOKED = [
    booking(0, 9_000, range(12)),
    booking(1, 4_000, range(6), starts=12),
    booking(2, 2_000, (0, 1)),
    booking(3, 3_000, range(4, 12), ends=30),
    booking(4, 300, (11,)),
    booking(5, 6_000, range(2, 12), starts=20),
]


@pytest.mark.parametrize("misjudged", [0.7, 1.0, 1.3])
def test_every_goal_is_delivered_and_none_by_more_than_one_percent(misjudged: float) -> None:
    parts = _delivered(misjudged, feedback=True) / _goals()
    assert parts.min() >= 0.99
    assert parts.max() <= 1.01


def test_without_feedback_goals_are_missed() -> None:
    assert (_delivered(1.3, feedback=False) / _goals()).min() < 0.9


def test_a_cap_is_reached_evenly_and_not_exceeded() -> None:
    """A standard campaign that would win three of four draws against another."""
    random = np.random.default_rng(7)
    cap = booking(1, 2_000, tier=Tier.STANDARD)
    delivered, apart = 0.0, 0.0
    for step in range(HOURS * 12):
        now = START + timedelta(seconds=step * 300)
        if step % 2 == 0:
            plan = make_plan(traffic(), [replace(cap, delivered=delivered, passed=step / 12 * 400)], now)
        weight = 3 * weights(plan, {cap.id: delivered}, now)[cap.id]
        delivered += random.binomial(random.poisson(400 / 12), weight / (weight + 1))
        apart = max(apart, abs(delivered / 2_000 - (step + 1) / HOURS / 12))
    assert 0.99 <= delivered / 2_000 <= 1.01
    assert apart < 0.02


def _goals() -> Floats:
    return np.array([each.goal for each in BOOKED])


def _delivered(misjudged: float, *, feedback: bool) -> Floats:
    """Of each campaign; weights come from counts that are five minutes old, or without feedback from the first plan."""
    random = np.random.default_rng(5)
    usual = 50 * (1 + 0.8 * np.sin(np.arange(HOURS) * np.pi / 12)) * np.linspace(0.5, 1.5, SIGNATURES)[:, None]
    came = random.poisson(usual).astype(float)
    eligible = np.array([[signature in each.eligible for each in BOOKED] for signature in range(SIGNATURES)])
    delivered, plan = np.zeros(len(BOOKED)), None
    for step in range(HOURS * 12):
        seconds, hour = step * 300, step // 12
        if step % 24 == 0 and (plan is None or feedback):
            plan = _plan(Traffic(START, usual * misjudged), came[:, :hour], delivered, seconds, plan)
        assert plan is not None
        now = START + timedelta(seconds=seconds)
        found = weights(plan, dict(enumerate(delivered)) if feedback else {}, now)  # type: ignore[arg-type]
        live = [each.starts is None or each.starts <= now for each in BOOKED]
        live = [alive and (each.ends is None or now < each.ends) for alive, each in zip(live, BOOKED, strict=True)]
        each_weighs = eligible * np.array([found.get(each.id, 0.0) for each in BOOKED]) * live
        chances = np.append(each_weighs, np.ones((SIGNATURES, 1)), axis=1)
        chances /= chances.sum(axis=1, keepdims=True)
        delivered = delivered + random.multinomial(random.poisson(came[:, hour] / 12), chances).sum(axis=0)[:-1]
    return delivered


def _plan(forecast: Traffic, came: Floats, delivered: Floats, seconds: float, before: Plan | None) -> Plan:
    now = START + timedelta(seconds=seconds)
    booked: list[Booking] = [
        replace(each, delivered=float(delivered[each.id])) for each in BOOKED if each.ends is None or each.ends > now
    ]
    return make_plan(corrected(forecast, came), booked, now, before)
