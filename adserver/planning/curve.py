"""Ideal courses: how many choices a campaign would have in each block if it were alone."""

import numpy as np

from adserver.inventory.model import Tier
from adserver.planning.values import Booking, Floats

AHEAD = 0.03
"""A guaranteed campaign aims to be done when this part of its traffic is still to come, and more of it where it needs a
large part of its traffic (RISK) or where chance is large, as it needs few (FEW choices early)."""
RISK = 0.08
FEW = 5.0
CATCH_UP_HOURS = 24.0
"""What is missing to the curve is made good at this pace, by a factor of e."""
_LEAST = 0.1
_NONE = 1e-6
_SOONEST = 0.8


def even_course(booking: Booking, reach: Floats, middles: Floats) -> Floats:
    """Choices by block along the curve of its traffic, of which `reach[b]` is to come; they sum to what is needed.

    A campaign ahead of its curve still runs, at a tenth of its even pace at least.
    """
    needed, whole, ahead = _needed(booking), booking.goal / booking.yields, float(reach.sum())
    if needed <= 0 or ahead <= _NONE:
        return np.zeros_like(reach)
    even = needed * reach / ahead
    if booking.passed is None:
        return even
    traffic = booking.passed + ahead
    upto = np.minimum(1, (booking.passed + np.append(0, reach.cumsum())) / traffic / (1 - _early(booking, ahead)))
    curve = whole * np.diff(upto)
    soon = reach * np.exp(-middles / CATCH_UP_HOURS)
    missing = needed - curve.sum()
    course = np.maximum(curve + missing * soon / max(soon.sum(), 1e-12), _LEAST * even)
    wanted: Floats = course * (needed / course.sum())
    return wanted


def early_by(booking: Booking, ahead: float) -> float:
    """Events by which it is before the curve of its traffic, of which `ahead` is to come; below 0 when it is late."""
    if booking.passed is None or ahead <= _NONE:
        return 0.0
    return booking.delivered - booking.goal * booking.passed / (booking.passed + ahead)


def soonest_course(booking: Booking, reach: Floats) -> Floats:
    """As early as its traffic allows, taking four fifths of it; they sum to what is needed."""
    needed = _needed(booking)
    if needed <= 0 or reach.sum() <= _NONE:
        return np.zeros_like(reach)
    share = max(_SOONEST, needed / reach.sum())
    course = np.diff(np.minimum(needed, share * reach.cumsum()), prepend=0.0)
    return np.where(reach > 0, np.maximum(course, 1e-6 * needed), 0.0)


def _needed(booking: Booking) -> float:
    return max(0.0, booking.goal - booking.delivered) / booking.yields


def _early(booking: Booking, ahead: float) -> float:
    """The part of its traffic that should be left when it is done; a cap is not hurried."""
    if booking.tier is Tier.STANDARD:
        return 0.0
    needs = min(1.0, _needed(booking) / ahead)
    return AHEAD + RISK * needs + min(0.1, FEW * booking.yields / booking.goal)
