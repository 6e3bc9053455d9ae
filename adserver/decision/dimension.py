"""One dimension of targeting: for each value the campaigns whose condition it meets."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from adserver.decision.bits import Packed, mask_of, members_of, pack, unpack
from adserver.inventory.folding import canonical, fold
from adserver.inventory.model import Between, Condition, NoneOf

PLACES = frozenset({"city", "region"})
PREFIX = "*"
_NUMBER = re.compile(r"[+\-−]?\d+(?:[.,]\d+)?", re.ASCII)
_REMEMBERED_BYTES = 4_000_000
_MOST_REMEMBERED = 4096
_STRIDE = 32


@lru_cache(4096)
def number(text: str) -> float | None:
    """The number that a text is, with a decimal point or comma; None for any other text."""
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        return None
    return float(stripped.replace(",", ".").replace("−", "-"))


def normal_form(name: str) -> Callable[[str], str]:
    """What makes texts of this dimension comparable."""
    return canonical if name in PLACES else fold


class Dimension:
    """Masks over the campaigns of a site, each campaign having at most one condition here.

    A campaign without a condition is in every mask, so that one look-up answers for a value. `answers` and `flips`
    remember what was found for a request's values, bounded; all else takes memory in proportion to the conditions.
    """

    __slots__ = ("_most", "_named", "_normal", "_prefix_lengths", "_prefixes", "_ranges", "absent", "answers",
                 "flips")  # fmt: skip

    def __init__(self, name: str, conditions: Iterable[tuple[int, Condition]], count: int) -> None:
        self._normal = normal_form(name)
        named: list[tuple[str, int]] = []
        ranged: list[tuple[int, Between]] = []
        needing: list[int] = []
        for position, condition in conditions:
            if isinstance(condition, Between):
                ranged.append((position, condition))
            else:
                named += ((value, position) for value in condition.values)
            if not isinstance(condition, NoneOf):
                needing.append(position)
        self.absent = ((1 << count) - 1) & ~mask_of(needing)
        prefixes = [(fold(value[:-1]), place) for value, place in named if value.endswith(PREFIX)]
        exact = [(self._normal(value), place) for value, place in named if not value.endswith(PREFIX)]
        self._named = _packed(exact, count)
        self._prefixes = _packed(prefixes, count)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._ranges = Ranges(ranged) if ranged else None
        self._most = min(_MOST_REMEMBERED, _REMEMBERED_BYTES // (count // 8 + 200))
        self.answers: dict[tuple[str, ...] | None, int] = {}
        self.flips: dict[str, int] = {}

    def remember(self, values: tuple[str, ...] | None) -> int:
        """The campaigns whose condition a request with these values meets; the answer is put into `answers`."""
        if len(self.answers) >= self._most:
            self.answers.clear()
        answer = self.answers[values] = self.holding(values or ())
        return answer

    def holding(self, values: tuple[str, ...]) -> int:
        """The campaigns whose condition a request with these values meets.

        A campaign that needs a value gains its bit by any of them, one that refuses values loses its bit by any.
        """
        flips = 0
        for value in values:
            flip = self.flips.get(value)
            flips |= self.remember_flips(value) if flip is None else flip
        return self.absent ^ flips

    def remember_flips(self, value: str) -> int:
        """The campaigns that the value adds to those that hold without one or takes from them; put into `flips`."""
        if len(self.flips) >= self._most:
            self.flips.clear()
        flips = self.flips[value] = self._flips_of(value)
        return flips

    def _flips_of(self, value: str) -> int:
        text = self._normal(value)
        flips = unpack(self._named.get(text, 0))
        for length in self._prefix_lengths:
            if length > len(text):
                break
            flips |= unpack(self._prefixes.get(text[:length], 0))
        if self._ranges is not None and (amount := number(value)) is not None:
            flips |= self._ranges.around(amount)
        return flips


class Ranges:
    """Which campaigns' ranges cover a number: the thresholds cut the line into cells, 2k the gap below threshold k,
    2k+1 the threshold itself. What changes from cell to cell is kept, and every 32nd cell's mask."""

    __slots__ = ("_changes", "_marks", "_thresholds")

    def __init__(self, ranged: Sequence[tuple[int, Between]]) -> None:
        bounds = {bound for _, reach in ranged for bound in (reach.minimum, reach.maximum) if bound is not None}
        self._thresholds = sorted(bounds)
        last_cell = 2 * len(self._thresholds)
        cell = {bound: 2 * place + 1 for place, bound in enumerate(self._thresholds)}
        self._changes: list[list[int]] = [[] for _ in range(last_cell + 2)]
        for position, reach in ranged:
            first = 0 if reach.minimum is None else cell[reach.minimum]
            last = last_cell if reach.maximum is None else cell[reach.maximum]
            if first <= last:
                self._changes[first].append(position)
                self._changes[last + 1].append(position)
        self._marks = [0]
        for start in range(0, last_cell + 2, _STRIDE):
            self._marks.append(self._marks[-1] ^ self._changed(start, start + _STRIDE))

    def around(self, amount: float) -> int:
        """The campaigns whose range covers the number."""
        place = bisect_left(self._thresholds, amount)
        is_threshold = place < len(self._thresholds) and self._thresholds[place] == amount
        cell = 2 * place + is_threshold
        mark = cell // _STRIDE
        return self._marks[mark] ^ self._changed(mark * _STRIDE, cell + 1)

    def _changed(self, start: int, stop: int) -> int:
        mask = 0
        for positions in self._changes[start:stop]:
            mask ^= mask_of(positions)
        return mask


def _packed(pairs: Iterable[tuple[str, int]], count: int) -> dict[str, Packed]:
    return {key: pack(set(places), count) for key, places in members_of(pairs).items()}
