"""How much more or less comes than the figures of weeks say: today, and on the days to come."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, log

LASTING_HALF_LIFE, TODAY_HALF_LIFE = 72.0, 4.0
"""Hours after which an hour counts half for the level of days, and for today's."""
FADING_HALF_LIFE = 8.0
"""Hours after which what is special to today has half gone."""
ENOUGH_REQUESTS = 30.0
"""Hours are put together until so many requests were expected: fewer say little, and the median of few lies."""
OFF, OFF_A_DAY = 0.3, 0.1
"""By how much, in logarithms, figures are usually off for longer, and besides on a single day."""


@dataclass(frozen=True, slots=True)
class Level:
    """What comes by what the figures say, 1 where they are right."""

    lasting: float = 1.0
    today: float = 1.0

    def ahead(self, hours: int) -> float:
        """Return the level so many hours from now; of what has passed, the present one."""
        return self.lasting + (self.today - self.lasting) * float(0.5 ** (max(0, hours) / FADING_HALF_LIFE))


EVEN = Level()


def level_of(seen: Sequence[float], expected: Sequence[float], ages: Sequence[int]) -> Level:
    """Return the level from past hours in the order of time, each so many hours old.

    Medians over the hours: a burst of some hours says nothing of the days to come, and little of the next hour. The
    lasting level is drawn to 1 by how few days there are, as hours of one day are off together.
    """
    hours = _together(seen, expected, ages)
    days = max(1.0, sum(0.5 ** (age / LASTING_HALF_LIFE) for age in ages) / 24)
    certain = OFF**2 / (OFF**2 + OFF_A_DAY**2 / days)
    lasting = _median(hours, LASTING_HALF_LIFE)
    return Level(exp(certain * log(lasting)) if lasting else 0.0, _median(hours, TODAY_HALF_LIFE))


_Hours = list[tuple[float, float, int]]


def _together(seen: Sequence[float], expected: Sequence[float], ages: Sequence[int]) -> _Hours:
    """What came and what was expected, some hours in one where little is expected, as old as the last of them."""
    found: _Hours = []
    came = awaited = 0.0
    for one, other, age in zip(seen, expected, ages, strict=True):
        came, awaited = came + one, awaited + other
        if awaited >= ENOUGH_REQUESTS:
            found.append((came, awaited, age))
            came = awaited = 0.0
    return found


def _median(hours: _Hours, half_life: float) -> float:
    """Of the ratios, hours weighted by their traffic and age; that the figures are right counts as one more hour."""
    if not hours:
        return 1.0
    usual = sum(expected for _, expected, _ in hours) / len(hours)
    ratios = [(1.0, usual), *((came / expected, expected * 0.5 ** (age / half_life)) for came, expected, age in hours)]
    ratios.sort()
    upto = list(accumulate(weight for _, weight in ratios))
    return ratios[bisect_left(upto, upto[-1] / 2)][0]
