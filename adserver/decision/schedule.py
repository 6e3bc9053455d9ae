"""When campaigns of one site run: their dates, and the day-parts in the site's time zone."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from adserver.decision.bits import masks_of
from adserver.decision.daypart import WHOLE_WEEK, minute_of_week, week_minutes
from adserver.inventory.model import AnyOf, Between, Campaign, Condition

HOURS = "hours"
_ALWAYS = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


class _Window(NamedTuple):
    """A mask that holds from `since` until just before `until`."""

    since: datetime
    until: datetime
    mask: int


class Schedule:
    """Answers which campaigns run at a moment, and keeps the answer until it changes."""

    __slots__ = ("_dates", "_flights", "_now", "_weeks", "_zone")

    def __init__(self, campaigns: Iterable[Campaign], timezone: str) -> None:
        """Raises ValueError where a campaign's hours cannot be read."""
        self._zone = ZoneInfo(timezone)
        numbered = list(enumerate(campaigns))
        self._flights = masks_of(((each.starts or _ALWAYS, each.ends or _NEVER), place) for place, each in numbered)
        self._weeks = masks_of((_week(each.targeting.get(HOURS)), place) for place, each in numbered)
        self._dates = self._now = _Window(_NEVER, _NEVER, 0)

    def mask(self, now: datetime) -> int:
        """The campaigns that have started, have not ended, and whose hours cover `now`."""
        window = self._now
        if not window.since <= now < window.until:
            window = self._now = self._at(now)
        return window.mask

    def _at(self, now: datetime) -> _Window:
        dates = self._dates
        if not dates.since <= now < dates.until:
            dates = self._dates = self._running(now)
        if self._weeks.keys() == {WHOLE_WEEK}:
            return dates
        # A minute at a time, so that no change of the clocks in the site's zone can fall into a window.
        minute = now.replace(second=0, microsecond=0)
        today = minute_of_week(now.astimezone(self._zone))
        hours = 0
        for week, mask in self._weeks.items():
            if week >> today & 1:
                hours |= mask
        return _Window(max(dates.since, minute), min(dates.until, minute + timedelta(minutes=1)), dates.mask & hours)

    def _running(self, now: datetime) -> _Window:
        since, until, running = _ALWAYS, _NEVER, 0
        for (starts, ends), mask in self._flights.items():
            if starts <= now < ends:
                running |= mask
            for boundary in (starts, ends):
                if boundary <= now:
                    since = max(since, boundary)
                else:
                    until = min(until, boundary)
        return _Window(since, until, running)


def _week(hours: Condition | None) -> int:
    if hours is None:
        return WHOLE_WEEK
    if isinstance(hours, Between):
        raise ValueError("hours are day-parts, not numbers")
    named = 0
    for text in hours.values:
        named |= week_minutes(text)
    return named if isinstance(hours, AnyOf) else WHOLE_WEEK & ~named
