"""From a batch's counters to the rows of the tables: pure sums, in the order in which they are written."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from adserver.counting.counter import SECONDS_AN_HOUR, AnyCounter, Counter, ViewCounter
from adserver.counting.events import EventKind, Metric
from adserver.counting.spend import Counts, spend_micros
from adserver.inventory.model import PriceModel


class Price(NamedTuple):
    model: PriceModel | None
    micros: int


class HourlyKey(NamedTuple):
    hour: datetime
    slot_id: int
    creative_id: int


class DailyKey(NamedTuple):
    day: date
    slot_id: int
    creative_id: int
    city: str
    device: str


class InvalidKey(NamedTuple):
    hour: datetime
    slot_id: int
    creative_id: int
    kind: str
    reason: str


class ArticleKey(NamedTuple):
    site_id: int
    article: str
    hour: datetime


class Sums(NamedTuple):
    """The columns of `hourly` and `daily`, in their order."""

    requests: int
    unfilled: int
    impressions: int
    viewable: int
    clicks: int
    invalid: int
    spend_micros: int


class Rows(NamedTuple):
    """Each mapping is sorted by key: writers that lock rows in one order cannot block each other for good."""

    hourly: Mapping[HourlyKey, Sums]
    daily: Mapping[DailyKey, Sums]
    invalid: Mapping[InvalidKey, int]
    articles: Mapping[ArticleKey, int]


_SlotKey = TypeVar("_SlotKey", HourlyKey, DailyKey)
_EventKey = TypeVar("_EventKey", InvalidKey, ArticleKey)

_COLUMN = {Metric.REQUEST: 0, Metric.UNFILLED: 1, Metric.IMPRESSION: 2, Metric.VIEWABLE: 3, Metric.CLICK: 4}
_INVALID_COLUMN = 5
_COLUMNS = 6
NO_PRICE = Price(None, 0)


def rows_of(counts: Mapping[AnyCounter, int], prices: Mapping[int, Price], zones: Mapping[int, ZoneInfo]) -> Rows:
    """Sum counters into rows. `prices` are by creative, `zones` by slot (UTC where unknown)."""
    slots = [(counter, amount) for counter, amount in counts.items() if isinstance(counter, Counter)]
    views = [(counter, amount) for counter, amount in counts.items() if isinstance(counter, ViewCounter)]
    refused = [(_invalid_key(counter), amount) for counter, amount in slots if counter.rejection]
    refused += [(_invalid_view_key(counter), amount) for counter, amount in views if counter.rejection]
    counted_views = [(_article_key(counter), amount) for counter, amount in views if not counter.rejection]
    return Rows(
        _priced(_columns(slots, _hourly_key), prices),
        _priced(_columns(slots, lambda counter: _daily_key(counter, zones)), prices),
        _sums(refused),
        _sums(counted_views),
    )


def instant(hour: int) -> datetime:
    """Return the beginning of a Unix hour."""
    return datetime.fromtimestamp(hour * SECONDS_AN_HOUR, UTC)


def _hourly_key(counter: Counter) -> HourlyKey:
    return HourlyKey(instant(counter.hour), counter.slot_id, counter.creative_id)


def _daily_key(counter: Counter, zones: Mapping[int, ZoneInfo]) -> DailyKey:
    day = instant(counter.hour).astimezone(zones.get(counter.slot_id, UTC)).date()
    return DailyKey(day, counter.slot_id, counter.creative_id, counter.city, counter.device.value)


def _invalid_key(counter: Counter) -> InvalidKey:
    assert counter.rejection is not None  # noqa: S101 - narrows the type
    return InvalidKey(
        instant(counter.hour), counter.slot_id, counter.creative_id, counter.metric.value, counter.rejection.value
    )


def _invalid_view_key(counter: ViewCounter) -> InvalidKey:
    assert counter.rejection is not None  # noqa: S101 - narrows the type
    return InvalidKey(instant(counter.hour), 0, 0, EventKind.VIEW.value, counter.rejection.value)


def _article_key(counter: ViewCounter) -> ArticleKey:
    return ArticleKey(counter.site_id, counter.article, instant(counter.hour))


def _columns(slots: Iterable[tuple[Counter, int]], key_of: Callable[[Counter], _SlotKey]) -> dict[_SlotKey, list[int]]:
    columns: dict[_SlotKey, list[int]] = {}
    for counter, amount in slots:
        row = columns.setdefault(key_of(counter), [0] * _COLUMNS)
        row[_INVALID_COLUMN if counter.rejection else _COLUMN[counter.metric]] += amount
    return columns


def _priced(columns: dict[_SlotKey, list[int]], prices: Mapping[int, Price]) -> dict[_SlotKey, Sums]:
    return {key: _sum(columns[key], prices.get(key.creative_id, NO_PRICE)) for key in sorted(columns)}


def _sum(row: list[int], price: Price) -> Sums:
    requests, unfilled, impressions, viewable, clicks, invalid = row
    spend = spend_micros(price.model, price.micros, Counts(impressions, viewable, clicks))
    return Sums(requests, unfilled, impressions, viewable, clicks, invalid, spend)


def _sums(items: Iterable[tuple[_EventKey, int]]) -> dict[_EventKey, int]:
    sums: dict[_EventKey, int] = defaultdict(int)
    for key, amount in items:
        sums[key] += amount
    return {key: sums[key] for key in sorted(sums)}
