"""Levels from hours whose making is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.forecast.level import Level, level_of

amounts = st.lists(st.floats(0, 10_000), min_size=1, max_size=200)


def level(seen: list[float], expected: float = 100.0) -> Level:
    return level_of(seen, [expected] * len(seen), list(range(len(seen)))[::-1])


@given(amounts)
def test_what_comes_as_expected_changes_nothing(expected: list[float]) -> None:
    found = level_of(expected, expected, list(range(len(expected)))[::-1])
    assert (found.lasting, found.today) == pytest.approx((1, 1))


def test_without_a_past_the_figures_stand() -> None:
    assert level([]) == Level(1.0, 1.0)


@pytest.mark.parametrize("factor", [0.7, 1.3])
def test_days_that_are_off_are_learnt_for_the_days_to_come(factor: float) -> None:
    assert level([factor * 100] * 24).lasting == pytest.approx(factor, rel=0.08)
    assert level([factor * 100] * 96).lasting == pytest.approx(factor, rel=0.04)


def test_a_day_that_is_off_says_less_than_four() -> None:
    assert 1 < level([130.0] * 24).lasting < level([130.0] * 96).lasting < 1.3


def test_a_burst_that_is_over_says_nothing_of_tomorrow() -> None:
    assert level([100.0] * 30 + [1000.0] * 4 + [100.0] * 14).lasting == pytest.approx(1, rel=0.01)


def test_today_counts_for_the_next_hours_and_less_for_tomorrow() -> None:
    found = level([100.0] * 62 + [150.0] * 10)
    assert found.ahead(0) == found.ahead(-5) > 1.4
    assert found.ahead(47) < 1.1


def test_few_requests_an_hour_are_put_together() -> None:
    """One in three hours: the median hour has none."""
    assert level([3.0, 0.0, 0.0] * 60, 1.0).lasting == pytest.approx(1, rel=0.05)


def test_no_traffic_at_all_is_no_error() -> None:
    assert level([0.0] * 5, 0.0) == Level(1.0, 1.0)
    assert level([0.0] * 48).ahead(0) == 0
