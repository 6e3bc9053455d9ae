"""Bookings and traffic for tests: a few signatures, hours in UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from adserver.inventory.model import CampaignId, Pacing, Tier
from adserver.planning.values import Booking, Floats, Traffic

START = datetime(2026, 3, 28, 21, tzinfo=UTC)
"""The night in which European clocks go forward."""


def traffic(requests: float | Floats = 100.0, signatures: int = 4, hours: int = 48) -> Traffic:
    return Traffic(START, np.full((signatures, hours), 1.0) * requests)


def booking(
    number: int = 1,
    goal: float = 1000.0,
    eligible: Sequence[int] = (0, 1, 2, 3),
    *,
    tier: Tier = Tier.GUARANTEED,
    delivered: float = 0.0,
    starts: float | None = None,
    ends: float | None = None,
    pacing: Pacing = Pacing.EVEN,
    yields: float = 1.0,
    open: Floats | None = None,  # noqa: A002  (the field's name)
    passed: float | None = None,
    priority: float = 1.0,
) -> Booking:
    """Starts and ends in hours from START."""
    return Booking(
        id=CampaignId(number),
        tier=tier,
        goal=goal,
        delivered=delivered,
        eligible=np.array(eligible, dtype=np.intp),
        starts=None if starts is None else START + timedelta(hours=starts),
        ends=None if ends is None else START + timedelta(hours=ends),
        pacing=pacing,
        yields=yields,
        open=open,
        passed=passed,
        priority=priority,
    )
