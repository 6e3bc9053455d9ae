"""How a worker chooses among the eligible campaigns: by our weights, and as other rules do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator

from adserver.decision.pool import TierPool
from adserver.planning.values import Floats, Numbers


class Choice(Protocol):
    def pick(self, eligible: Floats, random: Generator) -> Numbers:
        """The campaign of each row of `eligible[request, campaign]` (0 or 1); their number means that none is
        chosen."""
        ...


class Drawn:
    """As workers draw in the guaranteed tier: their own code."""

    def __init__(self, pool: TierPool, weights: Sequence[float]) -> None:
        self._pool = pool
        self._weights = weights

    def pick(self, eligible: Floats, random: Generator) -> Numbers:
        rows = np.packbits(eligible > 0, axis=1, bitorder="little")
        none = eligible.shape[1]
        picked = (
            self._pool.pick(int.from_bytes(row.tobytes(), "little"), random.random, self._weights) for row in rows
        )
        return np.array([none if place is None else place for place in picked])


@dataclass(frozen=True, slots=True)
class Weights:
    """A campaign is chosen with its weight ÷ (`pass_on` + the sum of the eligible ones')."""

    weights: Floats
    pass_on: float = 1.0

    def pick(self, eligible: Floats, random: Generator) -> Numbers:
        upto = np.cumsum(eligible * self.weights, axis=1)
        return _first_above(upto, random.random(len(eligible)) * (self.pass_on + upto[:, -1]))


@dataclass(frozen=True, slots=True)
class Shares:
    """A campaign has its share of the requests; where shares sum to more than 1, the first have theirs (`in_turn`)
    or all less."""

    shares: Floats
    in_turn: bool = False

    def pick(self, eligible: Floats, random: Generator) -> Numbers:
        upto = np.cumsum(eligible * self.shares, axis=1)
        most = 1.0 if self.in_turn else np.maximum(1.0, upto[:, -1])
        return _first_above(upto, random.random(len(eligible)) * most)


@dataclass(frozen=True, slots=True)
class Best:
    """The highest score above 0; equals by chance."""

    scores: Floats

    def pick(self, eligible: Floats, random: Generator) -> Numbers:
        scores = eligible * self.scores * (1 + 1e-9 * random.random(eligible.shape))
        return np.where(scores.max(axis=1) > 0, scores.argmax(axis=1), eligible.shape[1])


@dataclass(frozen=True, slots=True)
class Coins:
    """Each campaign takes part with its own chance; one of those is chosen."""

    chances: Floats

    def pick(self, eligible: Floats, random: Generator) -> Numbers:
        taking_part = eligible * (random.random(eligible.shape) < self.chances)
        return Best(np.ones(eligible.shape[1])).pick(taking_part * (1 + random.random(eligible.shape)), random)


def _first_above(upto: Floats, places: Floats) -> Numbers:
    found: Numbers = (upto <= places[:, None]).sum(axis=1)
    return found
