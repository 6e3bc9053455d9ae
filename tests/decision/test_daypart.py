from datetime import datetime

import pytest

from adserver.decision.daypart import minute_of_week, week_minutes

MONDAY, TUESDAY, FRIDAY, SATURDAY, SUNDAY = (datetime(2026, 11, day) for day in (23, 24, 27, 28, 29))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("mon-fri 07:00-10:00", MONDAY.replace(hour=7), MONDAY.replace(hour=10)),
        ("mon-fri 07:00-10:00", FRIDAY.replace(hour=9, minute=59), FRIDAY.replace(hour=6, minute=59)),
        ("mon-fri 07:00-10:00", TUESDAY.replace(hour=8), SATURDAY.replace(hour=8)),
        ("sat-sun 09:00-24:00", SUNDAY.replace(hour=23, minute=59), MONDAY),
        ("sat-mon 09:00-10:00", MONDAY.replace(hour=9), TUESDAY.replace(hour=9)),
        ("sun 09:07-09:08", SUNDAY.replace(hour=9, minute=7), SUNDAY.replace(hour=9, minute=8)),
        ("fri 22:00-02:00", SATURDAY.replace(hour=1, minute=59), SATURDAY.replace(hour=22)),
        ("sun 22:00-02:00", MONDAY.replace(hour=1), SUNDAY.replace(hour=1)),
        ("12:00-13:00", SATURDAY.replace(hour=12, minute=30), SATURDAY.replace(hour=13)),
        ("  TUE   00:00-24:00 ", TUESDAY, MONDAY.replace(hour=23, minute=59)),
    ],
)
def test_day_part_covers_start_and_not_end(text: str, inside: datetime, outside: datetime) -> None:
    week = week_minutes(text)
    assert week >> minute_of_week(inside) & 1
    assert not week >> minute_of_week(outside) & 1


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("mon 00:00-24:00", 1440), ("mon-sun 00:00-24:00", 10080), ("sun-mon 23:00-01:00", 240), ("09:00-09:00", 10080)],
)
def test_day_part_has_as_many_minutes_as_it_says(text: str, minutes: int) -> None:
    assert week_minutes(text).bit_count() == minutes


@pytest.mark.parametrize(
    "text",
    [
        *("", "mon", "mon-fri", "mon 07:00", "mon,tue 07:00-10:00", "mon 07:00-10:00 x", "pzt 07:00-10:00"),
        *("7:00-10:00", "mon 07:00-24:01", "mon 07:60-08:00", "mon 24:00-24:00", "mon 25:00-26:00", "mon ٠٧:00-10:00"),
    ],
)
def test_other_texts_are_no_day_parts(text: str) -> None:
    with pytest.raises(ValueError, match=r"day-part|time of day"):
        week_minutes(text)
