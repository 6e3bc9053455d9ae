"""One tier of a slot, arranged so that a draw costs about the same among twenty campaigns and twenty thousand.

Every draw is exact: it falls on the free campaigns in proportion to their weights. The few heavy campaigns are summed
up for each set of them that is free. The many light ones are drawn from all of them, and again while the one drawn is
not free, which leaves the chances of the free ones as they are among each other. Where that takes too long, the free
ones are listed.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

from adserver.decision.bits import list_positions, mask_of
from adserver.decision.compiled import fast

Draw = Callable[[], float]
"""`draw()` is a number in [0, 1), each as likely."""

_ROUNDS = 4
_FIRST_TRIES = 6
_FEW = 12
_MOST_SETS = 256
_NOTHING = array("d")
_NOWHERE = array("I")


class Limits(NamedTuple):
    """Up to `exact` campaigns of a tier are never drawn in vain, nor is one whose weight is above `heavy_part` of all;
    of the others, `tries` draws are made before listing."""

    exact: int = 16
    tries: int = 48
    heavy_part: float = 1 / 32


class Rivals(NamedTuple):
    """Campaigns and their weights added up; what `whole` exceeds them by is the chance that the tier passes on."""

    cumulative: Sequence[float]
    positions: Sequence[int]
    whole: float

    def at(self, number: float) -> int | None:
        """The position that a number below `whole` falls on."""
        place = bisect_right(self.cumulative, number)
        return self.positions[place] if place < len(self.positions) else None

    def draw(self, draw: Draw) -> int | None:
        """A position by weight; no number is drawn where there is none."""
        return self.at(draw() * self.whole) if self.positions else None


class Weighed(NamedTuple):
    """A tier's campaigns with the weights that they have now: `heavy` by their bits, the light ones listed."""

    weights: "array[float]"
    heavy: int
    light: float
    positions: "array[int]"
    cumulative: "array[float]"
    sets: dict[int, Rivals]
    """Those sets of heavy campaigns that were free for some request."""
    compiled: "fast.Arranged | None"
    """The same for compiled draws, where there are any."""


class TierPool:
    """The campaigns of one tier in a slot, drawn by weight; `rest` is what passing on weighs."""

    __slots__ = ("_exact", "_heavy_part", "_next", "_places", "_rounds", "mask", "rest", "weighed")

    def __init__(self, mask: int, rest: float, limits: Limits) -> None:
        self.mask = mask
        self.rest = rest
        self._exact = limits.exact
        self._heavy_part = limits.heavy_part
        self._rounds = (range(min(_FIRST_TRIES, limits.tries)), range(max(0, limits.tries - _FIRST_TRIES)))
        self._places = list_positions(mask)
        self.weighed = self._next = Weighed(_NOTHING, 0, 0.0, _NOWHERE, _NOTHING, {}, None)

    def pick(self, free: int, draw: Draw, weights: "array[float]") -> int | None:
        """The position of a free campaign, or None where there is none or the tier passes on. `weights` are by
        position; what was given before must be the same still."""
        weighed = self.weighed if weights is self.weighed.weights else self.come_to(weights)
        _, heavy, light, positions, cumulative, sets, _ = weighed
        free_heavy = free & heavy
        rivals = sets.get(free_heavy) or self._remember(sets, free_heavy, weights)
        if not light:
            return rivals.draw(draw)
        total = light + rivals.whole
        for tries in self._rounds:
            for _ in tries:
                at = draw() * total
                if at >= light:
                    return rivals.at(at - light)
                position = positions[bisect_right(cumulative, at)]
                if free & 1 << position:
                    return position
            if (free & self.mask).bit_count() <= _FEW:
                break
        return self.rivals(free & self.mask, weights).draw(draw)

    def come_to(self, weights: "array[float]") -> Weighed:
        """Draw by these weights from here on. The former stay at hand."""
        former = self.weighed
        self.weighed = self._next if self._next.weights is weights else self.weigh(weights)
        self._next = former
        return self.weighed

    def get_ready(self, weights: "array[float]") -> None:
        """Weigh beforehand, in another thread too: the weights are used from the first draw by them on."""
        self._next = self.weigh(weights)

    def rivals(self, free: int, weights: "array[float]") -> Rivals:
        """The campaigns of the set with their weights."""
        positions = list_positions(free)
        cumulative = list(accumulate(map(weights.__getitem__, positions)))
        return Rivals(cumulative, positions, (cumulative[-1] if cumulative else 0.0) + self.rest)

    def weigh(self, weights: "array[float]") -> Weighed:
        """Arrange the tier for draws by these weights."""
        weighted = [(place, weight) for place in self._places if (weight := weights[place]) > 0]
        bound = self._bound([weight for _, weight in weighted])
        heavy = [pair for pair in weighted if pair[1] > bound]
        light = [pair for pair in weighted if pair[1] <= bound]
        cumulative = array("d", accumulate(weight for _, weight in light))
        places = array("I", [place for place, _ in light])
        heaviest, heaviness = [place for place, _ in heavy], [weight for _, weight in heavy]
        arranged = (self.mask, self.rest, self._rounds, places, cumulative, heaviest, heaviness, False)
        compiled = None if fast is None else fast.Arranged(*arranged)
        return Weighed(weights, mask_of(heaviest), cumulative[-1] if light else 0.0, places, cumulative, {}, compiled)

    def _remember(self, sets: dict[int, Rivals], free: int, weights: "array[float]") -> Rivals:
        if len(sets) >= _MOST_SETS:
            sets.clear()
        rivals = sets[free] = self.rivals(free, weights)
        return rivals

    def _bound(self, weights: Sequence[float]) -> float:
        """The weight above which a campaign is heavy: one that would take a good part of the draws in vain."""
        if len(weights) <= self._exact:
            return 0.0
        bound = max(weights)
        for _ in range(_ROUNDS):
            bound = sum(weights) * self._heavy_part
            light = [weight for weight in weights if weight <= bound]
            if not light or len(light) == len(weights):
                break
            weights = light
        return bound


class SponsorPool(TierPool):
    """Sponsorships: each has its share of the requests; shares that sum to more than all are scaled down. Those without
    a share divide what the shares leave; where there are none, the tier passes that on.
    """

    __slots__ = ("_shares",)

    def __init__(self, mask: int, shares: Sequence[float | None], limits: Limits) -> None:
        super().__init__(mask, 0.0, limits)
        self._shares = shares

    def rivals(self, free: int, weights: "array[float]") -> Rivals:
        positions = list_positions(free)
        shares = [self._shares[place] for place in positions]
        taken = sum(share for share in shares if share is not None)
        sharing = shares.count(None)
        left = max(0.0, 1.0 - taken) / sharing if sharing else 0.0
        cumulative = list(accumulate(left if share is None else share for share in shares))
        return Rivals(cumulative, positions, max(1.0, taken) if positions else 0.0)

    def weigh(self, weights: "array[float]") -> Weighed:
        shares = [self._shares[place] for place in self._places]
        arranged = (self.mask, 0.0, self._rounds, _NOWHERE, _NOTHING, self._places, shares, True)
        compiled = None if fast is None else fast.Arranged(*arranged)
        return Weighed(weights, self.mask, 0.0, _NOWHERE, _NOTHING, {}, compiled)
