"""A fortnight run through under one rule: the weights of the moment, the workers' draw, counts that are some seconds old."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from adserver.planning.values import Floats
from tests.benchmarks.delivery.world import HOURS, World


@dataclass(frozen=True, slots=True)
class Weights:
    """A campaign is chosen with its weight ÷ (`pass_on` + the sum of the eligible ones')."""

    campaigns: Floats
    pass_on: float = 1.0


class Rule(Protocol):
    def weights(self, seconds: float, delivered: Floats, came: Floats) -> Weights:
        """`delivered` by campaign, and requests that came by signature in every hour until now, as counted at `seconds`."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """`by_hour[j, h]` is what campaign j had delivered at the end of hour h."""

    by_hour: Floats


def run(world: World, rule: Rule, every: float = 10.0) -> Run:
    """Weights change every `every` seconds; all workers draw by those of the last change, from counts as old again."""
    random = np.random.default_rng(world.settings.seed + 1000)
    eligible = world.eligible.astype(float)
    steps = (world.seconds // every).astype(int)
    starts = np.flatnonzero(np.diff(steps, prepend=-1))
    ends = np.append(starts[1:], len(steps))
    draws = random.random(len(steps))
    first, last = world.first * 3600.0, world.last * 3600.0
    delivered = np.zeros(len(world.goals))
    by_hour = np.zeros((len(world.goals), HOURS))
    came = np.zeros_like(world.came)
    counted, hour = delivered.copy(), 0
    live = np.zeros(len(world.goals))
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        seconds = steps[start] * every
        while hour < seconds // 3600:
            by_hour[:, hour] = delivered
            came[:, hour] = world.came[:, hour]
            hour += 1
        now = rule.weights(seconds, counted, came)
        counted = delivered.copy()
        live = np.where((first <= seconds) & (seconds < last), now.campaigns, 0.0)
        signatures = world.signatures[start:end]
        upto = np.cumsum(eligible[signatures] * live, axis=1)
        places = draws[start:end] * (now.pass_on + upto[:, -1])
        chosen = (upto <= places[:, None]).sum(axis=1)
        np.add.at(delivered, chosen[chosen < len(live)], 1)
        np.add.at(came[:, hour], signatures, 1)
    by_hour[:, hour:] = delivered[:, None]
    return Run(by_hour)
