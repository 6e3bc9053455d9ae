"""What a run is worth: beside the optimum, the worst campaign, and how far from the ideal curves."""

from typing import NamedTuple

import numpy as np

from adserver.planning.values import Floats
from tests.benchmarks.delivery.world import World


class Figures(NamedTuple):
    """In percent: what was delivered (beyond a goal it is worth nothing) of the optimum; what the worst campaign has of
    its goal; overdelivery of all goals; how far the unluckiest campaign is below its part of the optimum that shares a
    shortfall evenly, in points of its goal. `distances` are greatest distances from the ideal curves, as parts of 1."""

    optimum: float
    worst: float
    over: float
    unfair: float
    distances: Floats


def figures(world: World, by_hour: Floats) -> Figures:
    delivered = by_hour[:, -1]
    return Figures(
        optimum=100 * float(np.minimum(delivered, world.goals).sum()) / world.optimum,
        worst=100 * float((delivered / world.goals).min()),
        over=100 * float(np.maximum(0, delivered - world.goals).sum() / world.goals.sum()),
        unfair=100 * float(((world.fair - delivered) / world.goals).max()),
        distances=_distances(world, by_hour),
    )


def _distances(world: World, by_hour: Floats) -> Floats:
    """The ideal curve: in every hour, of what the campaign can have, the part of its requests that have passed."""
    hours = np.arange(world.came.shape[1])
    live = (hours >= world.first[:, None]) & (hours < world.last[:, None])
    passed = ((world.eligible.T.astype(float) @ world.came) * live).cumsum(axis=1)
    apart: Floats = np.abs(by_hour / world.fair[:, None] - passed / passed[:, -1:]).max(axis=1)
    return apart
