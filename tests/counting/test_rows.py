from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from adserver.counting.counter import Counter, ViewCounter
from adserver.counting.events import Metric, Rejection
from adserver.counting.rows import Price, Sums, rows_of
from adserver.counting.spend import Counts, spend_micros
from adserver.delivery.device import Device
from adserver.inventory.model import PriceModel

HOUR = int(datetime(2026, 11, 24, 21, tzinfo=UTC).timestamp()) // 3600
ISTANBUL = {1: ZoneInfo("Europe/Istanbul")}


def counter(metric: Metric, rejection: Rejection | None = None, city: str = "Antalya", creative: int = 5) -> Counter:
    return Counter(HOUR, 1, creative, metric, rejection, city, Device.MOBILE)


def test_hours_are_utc_and_days_are_the_sites() -> None:
    rows = rows_of({counter(Metric.IMPRESSION): 3}, {}, ISTANBUL)
    assert [key.hour for key in rows.hourly] == [datetime(2026, 11, 24, 21, tzinfo=UTC)]
    assert [key.day for key in rows.daily] == [date(2026, 11, 25)]


def test_a_slot_of_no_known_site_is_counted_in_utc() -> None:
    rows = rows_of({counter(Metric.IMPRESSION): 3}, {}, {})
    assert [key.day for key in rows.daily] == [date(2026, 11, 24)]


def test_cities_are_one_row_an_hour_and_two_a_day() -> None:
    counts = {counter(Metric.IMPRESSION): 3, counter(Metric.IMPRESSION, city="Rize"): 4}
    rows = rows_of(counts, {}, ISTANBUL)
    assert [sums.impressions for sums in rows.hourly.values()] == [7]
    assert [(key.city, sums.impressions) for key, sums in rows.daily.items()] == [("Antalya", 3), ("Rize", 4)]


def test_refused_events_are_invalid_and_nothing_else() -> None:
    rows = rows_of({counter(Metric.CLICK, Rejection.DECLARED_BOT): 9}, {5: Price(PriceModel.CPC, 1_000_000)}, ISTANBUL)
    assert list(rows.hourly.values()) == [Sums(0, 0, 0, 0, 0, 9, 0)]
    assert [(key.kind, key.reason, events) for key, events in rows.invalid.items()] == [("click", "declared_bot", 9)]


def test_views_are_counted_by_article_and_refused_views_are_not() -> None:
    rows = rows_of({ViewCounter(HOUR, 1, "66"): 3, ViewCounter(HOUR, 1, "66", Rejection.DUPLICATE): 2}, {}, {})
    assert [(key.article, views) for key, views in rows.articles.items()] == [("66", 3)]
    assert [(key.kind, key.reason, events) for key, events in rows.invalid.items()] == [("view", "duplicate", 2)]


def test_rows_are_written_in_the_order_of_their_keys() -> None:
    counts = {counter(Metric.REQUEST, creative=creative): 1 for creative in (9, 2, 5)}
    assert [key.creative_id for key in rows_of(counts, {}, {}).hourly] == [2, 5, 9]


@pytest.mark.parametrize(
    ("model", "price_micros", "expected"),
    [
        pytest.param(PriceModel.CPM, 45_000_000, 3 * 45_000, id="cpm pays impressions"),
        pytest.param(PriceModel.VCPM, 45_000_000, 2 * 45_000, id="vcpm pays viewable ones"),
        pytest.param(PriceModel.CPC, 2_500_000, 2_500_000, id="cpc pays clicks"),
        pytest.param(PriceModel.FLAT, 900_000_000, 0, id="flat is earned by time"),
        pytest.param(None, 0, 0, id="no price"),
    ],
)
def test_spend_follows_the_price_model(model: PriceModel | None, price_micros: int, expected: int) -> None:
    assert spend_micros(model, price_micros, Counts(impressions=3, viewable=2, clicks=1)) == expected
