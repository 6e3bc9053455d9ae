"""What can be asked of the figures."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Dimension(StrEnum):
    """What figures can be split by."""

    DAY = "day"
    HOUR = "hour"
    WEEK = "week"
    MONTH = "month"
    SITE = "site"
    SLOT = "slot"
    ADVERTISER = "advertiser"
    CAMPAIGN = "campaign"
    CREATIVE = "creative"
    CITY = "city"
    DEVICE = "device"


KEPT_BY_DAY = frozenset({Dimension.CITY, Dimension.DEVICE})


class QueryError(Exception):
    """A query that cannot be answered, in words for whoever asked."""


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """Days are days of each site's zone, `first` and `last` inclusive. A key of None asks for all; `campaigns` are
    the keys of several, of which one that never was has no figures.

    Raises QueryError for what can be told wrong without the database.
    """

    first: date
    last: date
    by: tuple[Dimension, ...] = ()
    campaign: str | None = None
    site: str | None = None
    advertiser: str | None = None
    campaigns: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise QueryError(f"the first day, {self.first}, is after the last, {self.last}")
        if len(set(self.by)) < len(self.by):
            raise QueryError(f"a dimension is named twice: {', '.join(self.by)}")
        if Dimension.HOUR in self.by and (by_day := KEPT_BY_DAY.intersection(self.by)):
            raise QueryError(f"hour cannot go with {' or '.join(sorted(by_day))}: those figures are kept by day")

    @property
    def needs_daily(self) -> bool:
        """Say whether only the table kept by day can answer."""
        return not KEPT_BY_DAY.isdisjoint(self.by)


def read_dimensions(text: str) -> tuple[Dimension, ...]:
    """Read "day,slot". Raises QueryError naming every word that is no dimension."""
    words = [word for part in text.split(",") if (word := part.strip())]
    known = {dimension.value for dimension in Dimension}
    if unknown := [word for word in words if word not in known]:
        raise QueryError(f"no such dimension: {', '.join(unknown)}; there are {', '.join(Dimension)}")
    return tuple(Dimension(word) for word in words)
