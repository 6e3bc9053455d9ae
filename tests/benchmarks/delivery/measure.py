"""What a run is worth: beside the optimum, the worst campaign, and how far from the ideal curves."""

from typing import NamedTuple

import numpy as np

from tests.benchmarks.delivery.run import Run
from tests.benchmarks.delivery.world import World


class Figures(NamedTuple):
    """In percent: delivered (what exceeds a goal is worth nothing) of the optimum; worst campaign's of its goal; the 90th percentile,
    over campaigns, of the greatest distance from the ideal curve, in points of what the campaign can have; overdelivery
    of all goals, and of the worst campaign; the greatest distance, in points of the goal, from the part that is fair."""

    optimum: float
    worst: float
    distance: float
    over: float
    most_over: float
    unfair: float


def figures(world: World, run: Run) -> Figures:
    delivered = run.by_hour[:, -1]
    over = np.maximum(0, delivered - world.goals)
    return Figures(
        100 * float(np.minimum(delivered, world.goals).sum()) / world.optimum,
        100 * float((delivered / world.goals).min()),
        100 * float(np.quantile(distances(world, run), 0.9)),
        100 * float(over.sum() / world.goals.sum()),
        100 * float((over / world.goals).max()),
        100 * float(((world.fair - delivered) / world.goals).max()),
    )


def distances(world: World, run: Run) -> np.ndarray:
    """The ideal curve: in every hour, of what the campaign can have, the part of its requests that have passed."""
    hours = np.arange(world.came.shape[1])
    live = (hours >= world.first[:, None]) & (hours < world.last[:, None])
    passed = ((world.eligible.T.astype(float) @ world.came) * live).cumsum(axis=1)
    return np.abs(run.by_hour / world.fair[:, None] - passed / passed[:, -1:]).max(axis=1)
