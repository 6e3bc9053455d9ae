"""How wrong the forecast was: weeks are held out, forecast from what was known before them, and compared."""

from collections.abc import Sequence
from dataclasses import dataclass

from adserver.forecast.clock import HOURS_A_DAY, HOURS_A_WEEK
from adserver.forecast.volume import History, fit, known_hours
from adserver.inventory.model import SlotId

HELD_OUT_WEEKS = 4
LEAST_WEEKS = 1
"""Of history before a week that is held out."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Weighted absolute percentage errors, Σ|forecast - actual| ÷ Σ actual, of the sums by hour, day and week over
    `weeks` weeks; `bias` is Σ(forecast - actual) ÷ Σ actual."""

    weeks: int
    hourly: float
    daily: float
    weekly: float
    bias: float


def held_out(history: History, slots: Sequence[SlotId]) -> HeldOut | None:
    """Return the error of the slots' sum; None where there is too little history to hold a week of it out.

    The slots must be in the history."""
    actual: list[float] = []
    forecast: list[float] = []
    weeks = min(HELD_OUT_WEEKS, history.hours // HOURS_A_WEEK - LEAST_WEEKS)
    known = {each.place for each in known_hours(history)}
    for ago in range(weeks, 0, -1):
        begin = history.until - ago * HOURS_A_WEEK
        hours = range(begin, begin + HOURS_A_WEEK)
        volumes = fit(history.before(begin), slots)
        start = begin - history.first
        is_known = [place in known for place in range(start, start + HOURS_A_WEEK)]
        forecast += _sums([volumes[slot].requests(hours) for slot in slots], is_known)
        actual += _sums([history.slots[slot][start : start + HOURS_A_WEEK] for slot in slots], is_known)
    if weeks < 1 or not sum(actual):
        return None
    return HeldOut(
        weeks=weeks,
        hourly=_error(forecast, actual, 1),
        daily=_error(forecast, actual, HOURS_A_DAY),
        weekly=_error(forecast, actual, HOURS_A_WEEK),
        bias=(sum(forecast) - sum(actual)) / sum(actual),
    )


def _sums(series: Sequence[Sequence[float]], is_known: Sequence[bool]) -> list[float]:
    """The slots' sum by hour, nothing where an outage says nothing of the forecast."""
    return [sum(amounts) if known else 0.0 for amounts, known in zip(zip(*series, strict=True), is_known, strict=True)]


def _error(forecast: Sequence[float], actual: Sequence[float], hours: int) -> float:
    difference = sum(
        abs(sum(forecast[start : start + hours]) - sum(actual[start : start + hours]))
        for start in range(0, len(actual), hours)
    )
    return difference / sum(actual)
