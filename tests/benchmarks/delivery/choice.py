"""How a worker chooses among the eligible campaigns: by our weights, and as other rules do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from adserver.decision.pool import Draw, TierPool
from adserver.planning.values import Floats, Numbers

Eligible = NDArray[np.bool_]


class Worker(NamedTuple):
    """One of those who serve readers, with chances of its own."""

    number: int
    random: Generator


class Choice(Protocol):
    def pick(self, eligible: Eligible, worker: Worker) -> Numbers:
        """The campaign of each row of `eligible[request, campaign]`; their number means that none is chosen."""
        ...


class Drawn:
    """As workers draw: their own code, the tiers one after the other, each worker with pools of its own."""

    def __init__(self, workers: Sequence[Sequence[TierPool]], weights: Sequence[float]) -> None:
        self._workers = workers
        self._weights = weights

    def pick(self, eligible: Eligible, worker: Worker) -> Numbers:
        tiers, draw = self._workers[worker.number], worker.random.random
        rows = np.packbits(eligible, axis=1, bitorder="little")
        return np.array([self._picked(tiers, int.from_bytes(row.tobytes(), "little"), draw) for row in rows])

    def _picked(self, tiers: Sequence[TierPool], free: int, draw: Draw) -> int:
        for pool in tiers:
            place = pool.pick(free, draw, self._weights)
            if place is not None:
                return place
        return len(self._weights)


@dataclass(frozen=True, slots=True)
class Weights:
    """A campaign is chosen with its weight ÷ (`pass_on` + the sum of the eligible ones')."""

    weights: Floats
    pass_on: float = 1.0

    def pick(self, eligible: Eligible, worker: Worker) -> Numbers:
        upto = np.cumsum(eligible * self.weights, axis=1)
        return _first_above(upto, worker.random.random(len(eligible)) * (self.pass_on + upto[:, -1]))


@dataclass(frozen=True, slots=True)
class Shares:
    """A campaign has its share of the requests; where shares sum to more than 1, the first have theirs (`in_turn`)
    or all less."""

    shares: Floats
    in_turn: bool = False

    def pick(self, eligible: Eligible, worker: Worker) -> Numbers:
        upto = np.cumsum(eligible * self.shares, axis=1)
        most = 1.0 if self.in_turn else np.maximum(1.0, upto[:, -1])
        return _first_above(upto, worker.random.random(len(eligible)) * most)


@dataclass(frozen=True, slots=True)
class Best:
    """The highest score above 0; equals by chance."""

    scores: Floats

    def pick(self, eligible: Eligible, worker: Worker) -> Numbers:
        scores = eligible * self.scores * (1 + 1e-9 * worker.random.random(eligible.shape))
        return np.where(scores.max(axis=1) > 0, scores.argmax(axis=1), eligible.shape[1])


@dataclass(frozen=True, slots=True)
class Coins:
    """Each campaign takes part with its own chance; one of those is chosen."""

    chances: Floats

    def pick(self, eligible: Eligible, worker: Worker) -> Numbers:
        taking_part = eligible & (worker.random.random(eligible.shape) < self.chances)
        return Best(np.ones(eligible.shape[1])).pick(taking_part, worker)


def _first_above(upto: Floats, places: Floats) -> Numbers:
    found: Numbers = (upto <= places[:, None]).sum(axis=1)
    return found
