"""When campaigns of one site run: their dates, and the day-parts in the site's time zone."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from adserver.decision.bits import mask_of, masks_of
from adserver.decision.daypart import WHOLE_WEEK, minute_of_week, week_minutes
from adserver.inventory.model import AnyOf, Between, Campaign, Condition

HOURS = "hours"
ALWAYS = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)


class Window(NamedTuple):
    """What holds from `since` until just before `until`: the campaigns that run, those whose dates alone hold, and the
    creatives' day-parts that hold, as places in the list given."""

    since: datetime
    until: datetime
    running: int
    dated: int
    parts: frozenset[int]


class Schedule:
    """Answers which campaigns run at a moment, and keeps the answer until it changes.

    `parts` are weeks of creatives' hours, as `week_minutes` has them. `nothing` is the window of no moment.
    """

    __slots__ = ("_boundaries", "_dates", "_ends", "_now", "_parts", "_starts", "_weeks", "_zone", "nothing")

    def __init__(self, campaigns: Iterable[Campaign], timezone: str, parts: Iterable[int] = ()) -> None:
        """Raises ValueError where a campaign's hours cannot be read."""
        self._zone = ZoneInfo(timezone)
        booked = list(campaigns)
        self._starts = [each.starts or ALWAYS for each in booked]
        self._ends = [each.ends or NEVER for each in booked]
        # Moment by moment: to hash 40,000 at once would keep other threads waiting for 5 ms.
        self._boundaries = sorted({moment for moments in (self._starts, self._ends) for moment in moments})
        self._weeks = masks_of((week_of(each.targeting.get(HOURS)), place) for place, each in enumerate(booked))
        self._parts = tuple(parts)
        self._dates = self._now = self.nothing = Window(NEVER, NEVER, 0, 0, frozenset())

    def window(self, now: datetime) -> Window:
        """What holds at `now`."""
        window = self._now
        if not window.since <= now < window.until:
            window = self._now = self._at(now)
        return window

    def _at(self, now: datetime) -> Window:
        dates = self._dates
        if not dates.since <= now < dates.until:
            dates = self._dates = self._within_dates(now)
        if not self._parts and self._weeks.keys() <= {WHOLE_WEEK}:
            return dates
        # A minute at a time, so that no change of the clocks in the site's zone can fall into a window.
        minute = now.replace(second=0, microsecond=0)
        today = minute_of_week(now.astimezone(self._zone))
        hours = 0
        for week, mask in self._weeks.items():
            if week >> today & 1:
                hours |= mask
        parts = frozenset(place for place, week in enumerate(self._parts) if week >> today & 1)
        return Window(
            max(dates.since, minute),
            min(dates.until, minute + timedelta(minutes=1)),
            dates.dated & hours,
            dates.dated,
            parts,
        )

    def _within_dates(self, now: datetime) -> Window:
        place = bisect_right(self._boundaries, now)
        since = self._boundaries[place - 1] if place else ALWAYS
        until = self._boundaries[place] if place < len(self._boundaries) else NEVER
        spans = zip(self._starts, self._ends, strict=True)
        dated = mask_of(place for place, (starts, ends) in enumerate(spans) if starts <= now < ends)
        return Window(since, until, dated, dated, frozenset())


def week_of(hours: Condition | None) -> int:
    """The minutes of the week in which a condition on hours holds. Raises ValueError for one that cannot be read."""
    if hours is None:
        return WHOLE_WEEK
    if isinstance(hours, Between):
        raise ValueError("hours are day-parts, not numbers")
    named = 0
    for text in hours.values:
        named |= week_minutes(text)
    return named if isinstance(hours, AnyOf) else WHOLE_WEEK & ~named
