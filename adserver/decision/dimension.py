"""One dimension of targeting: for each value the campaigns whose condition it meets."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from operator import xor

from adserver.decision.bits import mask_of, masks_of
from adserver.inventory.folding import canonical, fold
from adserver.inventory.model import Between, Condition, NoneOf

PLACES = frozenset({"city", "region"})
_NUMBER = re.compile(r"[+\-−]?\d+(?:[.,]\d+)?", re.ASCII)


@lru_cache(4096)
def number(text: str) -> float | None:
    """The number that a text is, with a decimal point or comma; None for any other text."""
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        return None
    return float(stripped.replace(",", ".").replace("−", "-"))


class Dimension:
    """Masks over the campaigns of a site, each campaign having at most one condition here.

    A campaign without a condition is in every mask, so that one look-up answers for a value. Takes
    campaigns x distinct values / 8 bytes.
    """

    __slots__ = ("_answers", "_cells", "_forgiving", "_normal", "_thresholds", "absent")

    def __init__(self, name: str, conditions: Iterable[tuple[int, Condition]], everyone: int) -> None:
        self._normal: Callable[[str], str] = canonical if name in PLACES else fold
        named: list[tuple[str, int]] = []
        ranged: list[tuple[int, Between]] = []
        needing: list[int] = []
        refusing: list[int] = []
        for position, condition in conditions:
            if isinstance(condition, Between):
                ranged.append((position, condition))
            else:
                named += ((self._normal(value), position) for value in condition.values)
            (refusing if isinstance(condition, NoneOf) else needing).append(position)
        self.absent = everyone & ~mask_of(needing)
        # A campaign that needs a value gains its bit by it, one that refuses it loses its bit: both flip `absent`.
        self._answers = {value: self.absent ^ mask for value, mask in masks_of(named).items()}
        self._forgiving = everyone & ~mask_of(refusing)
        self._thresholds, self._cells = _cells(ranged)

    def holding(self, values: tuple[str, ...]) -> int:
        """The campaigns whose condition a request with these values meets."""
        if not values:
            return self.absent
        some = every = self._one(values[0])
        for value in values[1:]:
            mask = self._one(value)
            some |= mask
            every &= mask
        return some & (every | self._forgiving)

    def _one(self, value: str) -> int:
        mask = self._answers.get(self._normal(value), self.absent)
        if self._cells and (amount := number(value)) is not None:
            place = bisect_left(self._thresholds, amount)
            on = place < len(self._thresholds) and self._thresholds[place] == amount
            mask |= self._cells[2 * place + on]
        return mask


def _cells(ranged: Sequence[tuple[int, Between]]) -> tuple[list[float], list[int]]:
    """The sorted thresholds, and the campaigns whose range covers each cell of the line that they cut:
    2k is the gap below threshold k, 2k+1 the threshold itself. Both empty where there are no ranges."""
    if not ranged:
        return [], []
    bounds = {bound for _, reach in ranged for bound in (reach.minimum, reach.maximum) if bound is not None}
    thresholds = sorted(bounds)
    cell = {bound: 2 * place + 1 for place, bound in enumerate(thresholds)}
    changes: list[list[int]] = [[] for _ in range(2 * len(thresholds) + 2)]
    for position, reach in ranged:
        first = 0 if reach.minimum is None else cell[reach.minimum]
        last = 2 * len(thresholds) if reach.maximum is None else cell[reach.maximum]
        if first <= last:
            changes[first].append(position)
            changes[last + 1].append(position)
    return thresholds, list(accumulate(map(mask_of, changes), xor))
