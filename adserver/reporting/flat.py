"""How a flat price is earned: evenly over the days of the campaign, a day's share by that day's impressions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class FlatPrice:
    """`micros` are earned over `days` days from `first` on."""

    micros: int
    first: date
    days: int


class Cell(NamedTuple):
    """Impressions of one day, of any part of the campaign."""

    day: date
    impressions: int


def flat_spend(price: FlatPrice, cells: Sequence[Cell]) -> Iterator[int]:
    """Yield the micros that each cell earns, for all cells of the campaign since its start, in order of day.

    By the end of its n-th day a campaign has earned n/days of the price, rounded down; what a day without impressions
    leaves open, the next day with some earns. So the sum never exceeds the price, and is the price once there was an
    impression on the last day or later. Within a day, cumulative rounding makes the sum of neighbouring cells the same
    however finely they are cut.
    """
    earned = 0
    for day, group in groupby(cells, lambda cell: cell.day):
        of_day = [cell.impressions for cell in group]
        if not sum(of_day):
            yield from (0 for _ in of_day)
            continue
        due = _earned_by(price, day) - earned
        earned += due
        yield from _divide(due, of_day)


def _earned_by(price: FlatPrice, day: date) -> int:
    days = min(max((day - price.first).days + 1, 0), price.days)
    return price.micros * days // price.days


def _divide(amount: int, weights: Sequence[int]) -> Iterator[int]:
    total, before, reached = sum(weights), 0, 0
    for weight in weights:
        reached += weight
        until = amount * reached // total
        yield until - before
        before = until
