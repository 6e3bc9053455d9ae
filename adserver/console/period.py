"""Which days a page shows, and how finely."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from adserver.reporting.query import Dimension

# More bars than these are too thin to point at.
_DAYS_AT_MOST, _WEEKS_AT_MOST = 92, 92


class Range(StrEnum):
    """The ranges to pick from."""

    WEEK = "7"
    THIRTY_DAYS = "30"
    THIS_MONTH = "month"
    ALL = "all"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Period:
    """Both days are inclusive."""

    range: Range
    first: date
    last: date

    @property
    def step(self) -> Dimension:
        """Return what a bar of the chart stands for."""
        days = (self.last - self.first).days + 1
        if days <= _DAYS_AT_MOST:
            return Dimension.DAY
        return Dimension.WEEK if days <= 7 * _WEEKS_AT_MOST else Dimension.MONTH

    def steps(self) -> Iterator[date]:
        """Yield the first day of every step, as a report's rows name them."""
        at = _step_of(self.first, self.step)
        while at <= self.last:
            yield at
            at = _step_of(at + timedelta(days={Dimension.DAY: 1, Dimension.WEEK: 7}.get(self.step, 31)), self.step)


def choose_period(asked: Mapping[str, str], today: date, begin: date, end: date) -> Period:
    """Return the period asked for by "from" and "to", or by "range"; else the last 30 days, or the whole of a campaign
    (from `begin` to `end`) that is younger or over. What cannot be read counts as not given; days in reverse are
    turned round.
    """
    if (first := _read_day(asked.get("from"))) and (last := _read_day(asked.get("to"))):
        return Period(Range.CHOSEN, min(first, last), max(first, last))
    month_ago = today - timedelta(days=29)
    whole = Period(Range.ALL, begin, max(begin, min(end, today)))
    known = {
        Range.WEEK: Period(Range.WEEK, today - timedelta(days=6), today),
        Range.THIRTY_DAYS: Period(Range.THIRTY_DAYS, month_ago, today),
        Range.THIS_MONTH: Period(Range.THIS_MONTH, today.replace(day=1), today),
        Range.ALL: whole,
    }
    default = Range.ALL if begin >= month_ago or end < today else Range.THIRTY_DAYS
    return next((known[name] for name in known if name == asked.get("range")), known[default])


def _step_of(day: date, step: Dimension) -> date:
    if step is Dimension.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step is Dimension.MONTH else day


def _read_day(text: str | None) -> date | None:
    try:
        # Years that leave room for arithmetic; nothing was counted outside them.
        day = date.fromisoformat(text or "")
        return day if 2000 <= day.year < 2100 else None
    except ValueError:
        return None
