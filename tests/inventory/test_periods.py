from datetime import timedelta

import pytest

from adserver.inventory.model import PAGE
from adserver.inventory.periods import LIFETIME, read_period, show_period


@pytest.mark.parametrize(
    ("text", "period", "shown"),
    [
        ("30m", timedelta(minutes=30), "30m"),
        ("90m", timedelta(minutes=90), "90m"),
        ("120m", timedelta(hours=2), "2h"),
        ("24h", timedelta(days=1), "24h"),
        ("1d", timedelta(days=1), "24h"),
        ("7d", timedelta(days=7), "7d"),
        ("1w", timedelta(days=7), "7d"),
        ("36h", timedelta(hours=36), "36h"),
        ("lifetime", LIFETIME, "lifetime"),
        ("page", PAGE, "page"),
    ],
)
def test_period_is_read_and_shown(text: str, period: timedelta, shown: str) -> None:
    assert read_period(text) == period
    assert show_period(period) == shown
    assert read_period(shown) == period


@pytest.mark.parametrize("text", ["", "24", "h", "0h", "-1h", "1.5h", "24 h", "1y", "367d", "99999w", "٣h"])
def test_other_texts_are_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a period|longer than 366 days"):
        read_period(text)
