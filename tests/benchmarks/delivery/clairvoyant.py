"""How far from their ideal curves campaigns must be, for one who knows all that comes: `python -m
tests.benchmarks.delivery.clairvoyant`.

A linear program by day: every goal that can be had is delivered, and distances beyond 9 points are as few as can be
(their sum is least, then the sum of all distances). Within a day nothing is asked, so the truth is a little higher.
"""

from argparse import ArgumentParser
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import block_array, coo_array, eye_array

from adserver.planning.values import Floats, Numbers
from tests.benchmarks.delivery.world import DAYS, HOURS, Settings, World, world

NEAR = 0.09
_LITTLE = 0.01
_ALL = 0.9999
"""Of what can be had: goals are whole numbers and the program's are not."""


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.benchmarks.delivery.clairvoyant", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--campaigns", type=int, default=30)
    parser.add_argument("--sell-through", type=float, default=0.85)
    options = parser.parse_args()
    found = []
    for seed in options.seeds:
        settings = Settings(seed=seed, campaigns=options.campaigns, sell_through=options.sell_through)
        found.append(least_distances(world(settings)))
        print(f"seed {seed}: {100 * np.quantile(found[-1], 0.9):.1f} points, at most {100 * found[-1].max():.1f}")
    print(f"together: {100 * np.quantile(np.concatenate(found), 0.9):.1f} points")


def least_distances(place: World) -> Floats:
    """The greatest distance of each campaign at the ends of days, as a part of what it can have."""
    choices, campaigns = _choices(place), len(place.goals)
    size, each = len(choices.days), eye_array(campaigns)
    courses = _courses(choices, place.fair)
    curves = _curves(place).reshape(-1)
    of_campaign = _marks(np.arange(campaigns).repeat(DAYS), campaigns)
    found = linprog(
        np.concatenate([np.zeros(size), np.full(campaigns, _LITTLE), np.ones(campaigns)]),
        A_ub=block_array(
            [
                [_marks(choices.segments, len(choices.requests)).T, None, None],
                [courses, -of_campaign, None],
                [-courses, -of_campaign, None],
                [None, each, -each],
            ]
        ),
        b_ub=np.concatenate([choices.requests, curves, -curves, np.full(campaigns, NEAR)]),
        A_eq=block_array([[_marks(choices.campaigns, campaigns).T, coo_array((campaigns, 2 * campaigns))]]),
        b_eq=place.fair * _ALL,
        method="highs",
    )
    distances: Floats = found.x[size : size + campaigns]
    return distances


class _Choices(NamedTuple):
    """What may be delivered: some requests of a day that have the same eligible campaigns, to one of these."""

    segments: Numbers
    days: Numbers
    campaigns: Numbers
    requests: Floats
    """By segment."""


def _choices(place: World) -> _Choices:
    rows: list[tuple[int, int, int]] = []
    requests: list[float] = []
    for day, came in enumerate(place.came.reshape(len(place.came), DAYS, 24).sum(axis=2).T):
        alike, inverse = np.unique(place.eligible & place.live(day * 24), axis=0, return_inverse=True)
        segments, campaigns = np.nonzero(alike)
        rows += zip((segments + len(requests)).tolist(), [day] * len(segments), campaigns.tolist(), strict=True)
        requests += np.bincount(inverse.reshape(-1), came, len(alike)).tolist()
    segments, days, campaigns = np.array(rows).T
    return _Choices(segments, days, campaigns, np.array(requests))


def _courses(choices: _Choices, goals: Floats) -> coo_array:
    """Sums up to each campaign's and day's end, by what the campaign can have."""
    lasts = DAYS - choices.days
    columns = np.arange(len(lasts)).repeat(lasts)
    later = np.arange(len(columns)) - (lasts.cumsum() - lasts).repeat(lasts)
    rows = choices.campaigns[columns] * DAYS + choices.days[columns] + later
    values = 1 / goals[choices.campaigns[columns]]
    return coo_array((values, (rows, columns)), shape=(len(goals) * DAYS, len(lasts)))


def _curves(place: World) -> Floats:
    """The part of its requests that each campaign has had at each day's end."""
    hours = np.stack([place.live(hour) for hour in range(HOURS)], axis=1)
    requests = (place.eligible.T.astype(float) @ place.came) * hours
    upto = requests.reshape(len(requests), DAYS, 24).sum(axis=2).cumsum(axis=1)
    return upto / upto[:, -1:]


def _marks(columns: Numbers, width: int) -> coo_array:
    """A row for each number, with a 1 in its column."""
    return coo_array((np.ones(len(columns)), (np.arange(len(columns)), columns)), shape=(len(columns), width))


if __name__ == "__main__":
    main()
