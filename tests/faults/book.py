"""What the readers sent and what was answered with success: the bounds of what Postgres may hold."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from adserver.counting.counter import SECONDS_AN_HOUR

T = TypeVar("T")


class Figure(NamedTuple):
    """What is counted: an ad's event (`of` is the slot, `which` the creative) or an article's view ("" and article)."""

    kind: str
    of: str
    which: str


class Cell(NamedTuple):
    figure: Figure
    hour: int


class Unit(NamedTuple):
    """What may count once: an event of a token, or a reader's view of an article."""

    figure: Figure
    name: str


@dataclass(slots=True)
class Times:
    """Unix time: when a unit was first sent, and when that was first answered with success."""

    sent: float
    answered: float | None = None


class Difference(NamedTuple):
    """How many are missing of what was answered, and how many are there beyond what was sent; `where` names them."""

    lost: int = 0
    doubled: int = 0
    where: tuple[str, ...] = ()


@dataclass(slots=True)
class Book:
    """Kept by the readers; refused events (robots, forgeries) are not entered, since they must not count."""

    units: dict[Unit, Times] = field(default_factory=dict)
    attempts: int = 0
    replays: int = 0
    refusable: int = 0
    """Events of robots and forgeries."""
    decisions: int = 0
    """Slots asked for, however often the answer was lost."""

    def send(self, units: Iterable[Unit]) -> None:
        now = time.time()
        for unit in units:
            self.units.setdefault(unit, Times(now))

    def answer(self, units: Iterable[Unit]) -> None:
        now = time.time()
        for unit in units:
            times = self.units[unit]
            times.answered = times.answered or now

    def answered(self) -> int:
        return sum(times.answered is not None for times in self.units.values())

    def compare(self, stored: Mapping[Cell, int]) -> Difference:
        """Compare by hour and over the hours. A unit that was on its way at the full hour may be in either."""
        by_hour = _difference(*self._bounds(time.time()), stored)
        total: Counter[Figure] = Counter()
        for cell, amount in stored.items():
            total[cell.figure] += amount
        over_all = _difference(*self._totals(), total)
        return max(by_hour, over_all, key=lambda difference: difference.lost + difference.doubled)

    def _bounds(self, end: float) -> tuple[Mapping[Cell, int], Mapping[Cell, int]]:
        at_least: Counter[Cell] = Counter()
        at_most: Counter[Cell] = Counter()
        for unit, times in self.units.items():
            last = end if times.answered is None else times.answered
            hours = range(int(times.sent) // SECONDS_AN_HOUR, int(last) // SECONDS_AN_HOUR + 1)
            at_most.update(Cell(unit.figure, hour) for hour in hours)
            if times.answered is not None and len(hours) == 1:
                at_least[Cell(unit.figure, hours[0])] += 1
        return at_least, at_most

    def _totals(self) -> tuple[Mapping[Figure, int], Mapping[Figure, int]]:
        at_least: dict[Figure, int] = defaultdict(int)
        at_most: dict[Figure, int] = defaultdict(int)
        for unit, times in self.units.items():
            at_most[unit.figure] += 1
            at_least[unit.figure] += times.answered is not None
        return at_least, at_most


def _difference(at_least: Mapping[T, int], at_most: Mapping[T, int], stored: Mapping[T, int]) -> Difference:
    lost = {key: n for key, amount in at_least.items() if (n := amount - stored.get(key, 0)) > 0}
    doubled = {key: n for key, amount in stored.items() if (n := amount - at_most.get(key, 0)) > 0}
    names = [f"lost {n}: {key}" for key, n in lost.items()] + [f"doubled {n}: {key}" for key, n in doubled.items()]
    return Difference(sum(lost.values()), sum(doubled.values()), tuple(names))
