from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.console.period import Period, Range, choose_period
from adserver.reporting.query import Dimension

TODAY = date(2026, 11, 24)
OLD, RECENT, NEVER = date(2026, 1, 10), date(2026, 11, 5), date(2027, 1, 1)


def chosen(asked: dict[str, str], begin: date = OLD, end: date = NEVER) -> tuple[str, str, str]:
    period = choose_period(asked, TODAY, begin, end)
    return period.range.value, period.first.isoformat(), period.last.isoformat()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"range": "7"}, ("7", "2026-11-18", "2026-11-24")),
        ({"range": "30"}, ("30", "2026-10-26", "2026-11-24")),
        ({"range": "month"}, ("month", "2026-11-01", "2026-11-24")),
        ({"range": "all"}, ("all", "2026-01-10", "2026-11-24")),
        ({"from": "2026-11-01", "to": "2026-11-03"}, ("chosen", "2026-11-01", "2026-11-03")),
        ({"from": "2026-11-03", "to": "2026-11-01"}, ("chosen", "2026-11-01", "2026-11-03")),
        ({"from": "yesterday", "to": "2026-11-01"}, ("30", "2026-10-26", "2026-11-24")),
        ({"from": "0001-01-01", "to": "9999-12-31"}, ("30", "2026-10-26", "2026-11-24")),
        ({"range": "chosen"}, ("30", "2026-10-26", "2026-11-24")),
        ({}, ("30", "2026-10-26", "2026-11-24")),
    ],
    ids=str,
)
def test_the_days_asked_for(asked: dict[str, str], expected: tuple[str, str, str]) -> None:
    assert chosen(asked) == expected


def test_a_young_campaign_is_shown_whole() -> None:
    assert chosen({}, begin=RECENT) == ("all", "2026-11-05", "2026-11-24")


def test_a_campaign_of_the_past_is_shown_whole() -> None:
    assert chosen({}, end=date(2026, 3, 1)) == ("all", "2026-01-10", "2026-03-01")


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 2500))
def test_steps_cover_every_day_and_are_few_enough_to_see(first: date, days: int) -> None:
    period = Period(Range.CHOSEN, first, first + timedelta(days=days))
    steps = list(period.steps())
    assert steps[0] <= first
    assert steps[-1] <= period.last
    assert steps == sorted(set(steps))
    assert len(steps) <= 93
    longest = {Dimension.DAY: 1, Dimension.WEEK: 7, Dimension.MONTH: 31}[period.step]
    ends = [*steps[1:], period.last + timedelta(days=1)]
    assert all(0 < (end - step).days <= longest for step, end in zip(steps, ends, strict=True))
