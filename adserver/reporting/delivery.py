"""How far a campaign is on the way to its goal."""

from datetime import datetime
from enum import StrEnum

# Even delivery runs up to 5 % ahead, and a first impression an hour late must not look like a failure.
_AHEAD, _BEHIND = 1.10, 0.90


class CampaignState(StrEnum):
    """Where a campaign is in its life."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class Pace(StrEnum):
    """A delivery indicator in a word."""

    BEHIND = "behind"
    ON_TRACK = "on track"
    AHEAD = "ahead"
    REACHED = "reached"


def campaign_state(starts: datetime | None, ends: datetime | None, now: datetime, *, is_paused: bool) -> CampaignState:
    """Return the state at `now`; an end outweighs a pause."""
    if ends is not None and ends <= now:
        return CampaignState.ENDED
    if is_paused:
        return CampaignState.PAUSED
    return CampaignState.SCHEDULED if starts is not None and now < starts else CampaignState.RUNNING


def time_share(starts: datetime | None, ends: datetime | None, now: datetime) -> float | None:
    """Return the share of the campaign's time that is over, in [0, 1]; None where it has no beginning or end."""
    if starts is None or ends is None:
        return None
    return min(max((now - starts) / (ends - starts), 0.0), 1.0)


def delivery_indicator(delivered: int, goal: int, elapsed: float | None) -> float | None:
    """Return (share of the goal delivered) ÷ (share of the time over): 1 is exactly even. None before the start."""
    return delivered / goal / elapsed if elapsed else None


def pace(delivered: int, goal: int, elapsed: float | None) -> Pace | None:
    """Return how delivery stands, None where nothing can be said yet."""
    if delivered >= goal:
        return Pace.REACHED
    indicator = delivery_indicator(delivered, goal, elapsed)
    if indicator is None:
        return None
    return Pace.BEHIND if indicator < _BEHIND else Pace.AHEAD if indicator > _AHEAD else Pace.ON_TRACK
