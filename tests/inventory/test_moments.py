from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.inventory.moments import read_end, read_start, show_end, show_start

ISTANBUL = ZoneInfo("Europe/Istanbul")
LONDON = ZoneInfo("Europe/London")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("2026-11-01", ISTANBUL, utc(2026, 10, 31, 21)),
        ("2026-07-01", LONDON, utc(2026, 6, 30, 23)),
        ("2026-11-01 08:30", ISTANBUL, utc(2026, 11, 1, 5, 30)),
        ("2026-11-01T08:30:15", ISTANBUL, utc(2026, 11, 1, 5, 30, 15)),
        ("2026-11-01T08:30Z", None, utc(2026, 11, 1, 8, 30)),
        ("2026-11-01 08:30 +02:00", None, utc(2026, 11, 1, 6, 30)),
    ],
)
def test_start_is_read_in_the_zone(text: str, zone: ZoneInfo | None, instant: datetime) -> None:
    assert read_start(text, zone) == instant


def test_end_includes_a_day_and_excludes_a_time() -> None:
    assert read_end("2026-11-30", ISTANBUL) == utc(2026, 11, 30, 21)
    assert read_end("2026-11-30 18:00", ISTANBUL) == utc(2026, 11, 30, 15)


@pytest.mark.parametrize(
    ("text", "zone", "message"),
    [
        ("tomorrow", ISTANBUL, "expected a day .* found tomorrow"),
        ("01.11.2026", ISTANBUL, "expected a day"),
        ("2026-02-30", ISTANBUL, "2026-02-30 is not in the calendar"),
        ("2026-02-10 25:00", ISTANBUL, "is not in the calendar"),
        ("1999-12-31", ISTANBUL, "the year must be from 2000 to 2199"),
        ("9999-12-31", ISTANBUL, "the year must be from 2000 to 2199"),
        ("2026-11-01", None, "not in one time zone"),
        ("2026-11-01 08:00", None, "not in one time zone"),
    ],
)
def test_bad_moment_is_explained(text: str, zone: ZoneInfo | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_end(text, zone)


@given(
    st.datetimes(
        utc(2001, 1, 1).replace(tzinfo=None),
        utc(2190, 1, 1).replace(tzinfo=None),
        timezones=st.just(UTC),
    ),
    st.sampled_from([None, ISTANBUL, LONDON, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Asia/Kathmandu")]),
    st.booleans(),
)
def test_shown_moment_is_read_as_the_same_instant(instant: datetime, zone: ZoneInfo | None, on_the_hour: bool) -> None:
    if on_the_hour:
        instant = instant.replace(hour=21, minute=0, second=0, microsecond=0)
    assert read_start(show_start(instant, zone), zone) == instant
    assert read_end(show_end(instant, zone), zone) == instant


def test_midnight_is_shown_as_a_day() -> None:
    midnight = read_start("2026-11-01", ISTANBUL)
    assert show_start(midnight, ISTANBUL) == "2026-11-01"
    assert show_end(midnight, ISTANBUL) == "2026-10-31"
    assert show_start(midnight + timedelta(hours=1), ISTANBUL) == "2026-11-01T01:00:00+03:00"
