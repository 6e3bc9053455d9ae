"""A fortnight run through under one rule: the weights of the moment, the workers' draw, counts that are some
seconds old."""

from typing import Protocol

import numpy as np

from adserver.planning.values import Floats
from tests.benchmarks.delivery.choice import Choice
from tests.benchmarks.delivery.world import HOURS, World


class Rule(Protocol):
    def choice(self, seconds: float, delivered: Floats, came: Floats) -> Choice:
        """How to choose from now on. `delivered` by campaign and requests that came by signature and hour, as
        counted."""
        ...


def run(world: World, rule: Rule, every: float) -> Floats:
    """`[j, h]` is what campaign j has delivered at the end of hour h.

    Weights change every `every` seconds and are computed from counts that are as old again. All workers use the
    same ones: they know nothing of each other's choices but by the counts, so their number does not matter.
    """
    random = np.random.default_rng(world.settings.seed + 1000)
    eligible = world.eligible.astype(float)
    steps = (world.seconds // every).astype(int)
    starts = np.flatnonzero(np.diff(steps, prepend=-1))
    ends = np.append(starts[1:], len(steps))
    first, last = world.first * 3600.0, world.last * 3600.0
    delivered = np.zeros(len(world.goals))
    by_hour = np.zeros((len(world.goals), HOURS))
    came = np.zeros_like(world.came)
    counted, hour = delivered, 0
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        seconds = float(steps[start] * every)
        while hour < seconds // 3600:
            by_hour[:, hour] = delivered
            hour += 1
        choice = rule.choice(seconds, counted, came)
        counted = delivered.copy()
        signatures = world.signatures[start:end]
        live = (first <= seconds) & (seconds < last)
        chosen = choice.pick(eligible[signatures] * live, random)
        delivered = delivered + np.bincount(chosen, minlength=len(delivered) + 1)[:-1]
        came[:, hour] += np.bincount(signatures, minlength=len(came))
    by_hour[:, hour:] = delivered[:, None]
    return by_hour
