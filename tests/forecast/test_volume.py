"""What a slot is expected to have, from histories whose making is known."""

import math
from random import Random
from zoneinfo import ZoneInfo

import pytest

from adserver.forecast.clock import HOURS_A_WEEK, hours_of_week
from adserver.forecast.errors import held_out
from adserver.forecast.volume import History, fit
from adserver.inventory.model import SlotId

ZONE = ZoneInfo("Europe/Istanbul")
TOP, FOOTER = SlotId(1), SlotId(2)
FIRST = 497_000
WEEKS = 6
NEXT_WEEK = range(FIRST + WEEKS * HOURS_A_WEEK, FIRST + (WEEKS + 1) * HOURS_A_WEEK)


def curve(hour_of_week: int) -> float:
    """A paper's day with a peak in the morning and in the evening, and quiet weekends."""
    day, hour = divmod(hour_of_week, 24)
    height = 0.15 + math.exp(-(((hour - 9) / 3) ** 2)) + 0.9 * math.exp(-(((hour - 21) / 3) ** 2))
    return height * (0.75 if day >= 5 else 1.0)


def requests(scale: float, hours: range, zone: ZoneInfo = ZONE) -> list[float]:
    return [scale * curve(place) for place in hours_of_week(zone, hours.start, len(hours))]


def noisy(scale: float, hours: range, seed: int) -> list[float]:
    draw = Random(seed)
    return [float(max(0, round(draw.gauss(mean, math.sqrt(mean) + 0.1 * mean)))) for mean in requests(scale, hours)]


def history(series: list[float], other: list[float] | None = None, zone: ZoneInfo = ZONE) -> History:
    return History(zone, FIRST, {TOP: series, FOOTER: series if other is None else other})


def past(weeks: int = WEEKS) -> range:
    return range(FIRST, FIRST + weeks * HOURS_A_WEEK)


def forecast(known: History, hours: range = NEXT_WEEK, slot: SlotId = TOP) -> list[float]:
    return fit(known, [slot])[slot].requests(hours)


def error(expected: list[float], actual: list[float]) -> float:
    return sum(abs(one - other) for one, other in zip(expected, actual, strict=True)) / sum(actual)


def test_same_hours_of_the_week_are_expected_again() -> None:
    assert error(forecast(history(requests(500, past()))), requests(500, NEXT_WEEK)) < 0.01


def test_a_burst_is_no_rule() -> None:
    series = requests(500, past())
    series[-HOURS_A_WEEK + 30 : -HOURS_A_WEEK + 36] = [20_000.0] * 6
    expected, actual = forecast(history(series)), requests(500, NEXT_WEEK)
    assert error(expected[28:38], actual[28:38]) < 0.5
    assert error(expected, actual) < 0.15


@pytest.mark.parametrize("weeks_ago", [1, 2, 3])
def test_a_week_without_the_site_is_forgotten(weeks_ago: int) -> None:
    series = requests(500, past())
    begin = (WEEKS - weeks_ago) * HOURS_A_WEEK
    series[begin : begin + HOURS_A_WEEK] = [0.0] * HOURS_A_WEEK
    assert error(forecast(history(series)), requests(500, NEXT_WEEK)) < 0.03


def test_hours_without_the_site_do_not_lower_today() -> None:
    series = requests(500, past())
    series[-4:] = [0.0] * 4
    assert error(forecast(history(series))[:24], requests(500, NEXT_WEEK)[:24]) < 0.03


def test_a_new_slot_takes_its_shape_from_the_site() -> None:
    old, new = requests(500, past()), requests(100, past())
    new[: -2 * 24] = [0.0] * (len(new) - 2 * 24)
    expected = forecast(history(new, old))
    assert error(expected, requests(100, NEXT_WEEK)) < 0.1


def test_a_site_of_two_days_is_expected_to_go_on_as_it_began() -> None:
    known = History(ZONE, FIRST, {TOP: requests(100, past())[:48]})
    hours = range(FIRST + 48, FIRST + 48 + 24)
    assert error(forecast(known, hours), requests(100, hours)) < 0.35


def test_a_slot_without_history_is_expected_to_have_nothing() -> None:
    assert sum(forecast(history(requests(500, past())), slot=SlotId(9))) == 0
    assert sum(forecast(History(ZONE, FIRST, {}), slot=SlotId(9))) == 0


def test_todays_level_counts_and_fades() -> None:
    series = requests(500, past())
    series[-24:] = [1.5 * amount for amount in series[-24:]]
    expected, usual = forecast(history(series)), requests(500, NEXT_WEEK)
    assert sum(expected[:6]) / sum(usual[:6]) > 1.2
    assert sum(expected[-48:]) / sum(usual[-48:]) < 1.15


def test_a_level_that_stays_is_learnt_within_a_week_or_two() -> None:
    series = requests(500, past())
    series[-2 * HOURS_A_WEEK :] = [2 * amount for amount in series[-2 * HOURS_A_WEEK :]]
    assert sum(forecast(history(series))) / sum(requests(500, NEXT_WEEK)) == pytest.approx(2, rel=0.2)


def test_the_hour_of_the_week_is_the_zones_own_when_clocks_change() -> None:
    zone = ZoneInfo("America/New_York")  # clocks go back on 2026-11-01, 493,200 hours after 1970 plus some weeks
    first = 498_000
    known = History(zone, first, {TOP: requests(500, range(first, first + 6 * HOURS_A_WEEK), zone)})
    change = next(
        hour for hour in range(first, first + 9000)
        if hours_of_week(zone, hour, 1) == hours_of_week(zone, hour + 1, 1)
    )  # fmt: skip
    hours = range(change + 24, change + 48)
    expected = fit(known, [TOP])[TOP].requests(hours)
    assert error(expected, requests(500, hours, zone)) < 0.02


@pytest.mark.parametrize(("scale", "daily", "weekly"), [(500, 0.05, 0.03), (5, 0.18, 0.11)])
def test_held_out_weeks_show_the_noise_that_is_there(scale: float, daily: float, weekly: float) -> None:
    found = held_out(history(noisy(scale, past(), 1), noisy(scale, past(), 2)), [TOP])
    assert found is not None
    assert found.weeks == 4
    assert 0 < found.weekly <= found.daily <= found.hourly
    assert found.daily < daily
    assert found.weekly < weekly
    assert abs(found.bias) < weekly


def test_an_outage_is_no_error_of_the_forecast() -> None:
    series = noisy(500, past(), 1)
    series[-HOURS_A_WEEK - 48 : -HOURS_A_WEEK] = [0.0] * 48
    found = held_out(history(series), [TOP])
    assert found is not None
    assert found.hourly < 0.2


def test_no_week_is_held_out_of_one() -> None:
    assert held_out(history(requests(500, past(1))), [TOP]) is None
