"""What the delivery benchmark measures against."""

from dataclasses import replace

import numpy as np
import pytest

from tests.benchmarks.delivery.clairvoyant import least_distances
from tests.benchmarks.delivery.mixed import Kind, mixed, results
from tests.benchmarks.delivery.optimum import Segments, most_even
from tests.benchmarks.delivery.ours import Planned
from tests.benchmarks.delivery.run import Fleet, run
from tests.benchmarks.delivery.world import Settings, world

DAY = np.array([0, 0, 0]), np.array([24, 24, 24])


@pytest.mark.parametrize(
    ("others", "goals", "expected"),
    [
        ([0, 0, 1], [20, 20, 30], [20, 20, 30]),
        ([0, 0, 1], [60, 60, 60], [20, 20, 60]),
        ([1, 1, 1], [100, 100, 30], [43, 43, 13]),
        ([1, 1, 0], [40, 80, 0], [33, 66, 0]),
    ],
    ids=["all can be had", "the third needs nothing of the rest", "all alike", "in proportion to goals"],
)
def test_a_shortfall_is_shared_evenly_and_no_larger_than_it_must_be(
    others: list[int], goals: list[float], expected: list[float]
) -> None:
    """Of 100 requests 40 are open to all three campaigns, 60 to some."""
    came = np.zeros((2, 24))
    came[0, 0], came[1, 5] = 40, 60
    segments = Segments.of(came, np.array([[1, 1, 1], others], dtype=bool), *DAY)
    assert most_even(segments, np.array(goals, dtype=float)).tolist() == expected


def test_one_who_knows_all_lets_wait_whom_he_must() -> None:
    """All of the first day is for one campaign, as much on the second day for the other, which runs on both."""
    some = world(Settings(seed=4, pages=300, campaigns=2))
    came = np.zeros_like(some.came)
    came[:2, 12] = came[:2, 36] = 10
    place = replace(
        some,
        came=came,
        eligible=np.ones_like(some.eligible),
        first=np.array([0, 0]),
        last=np.array([24, 48]),
        fair=np.array([20.0, 20.0]),
    )
    assert least_distances(place) == pytest.approx([0, 0.5], abs=0.001)


def test_the_same_seed_gives_the_same_run() -> None:
    place = world(Settings(seed=4, pages=300, campaigns=3))
    first, second = (run(place, Planned(place, 8, every=86_400), Fleet(8, 600, 1_800)) for _ in range(2))
    assert first.tolist() == second.tolist()
    assert place.goals.sum() == pytest.approx(0.85 * 900, rel=0.3)


def test_campaigns_of_every_kind_have_their_goals_and_hardly_more() -> None:
    """Little traffic, a plan every six hours, weights every quarter of an hour."""
    place = mixed(world(Settings(seed=3, pages=30_000, campaigns=20, sell_through=0.8)))
    fleet = Fleet(workers=3, age=10, every=900)
    found = {each.kind: each for each in results(place, run(place, Planned(place, 3, every=21_600), fleet))}
    assert max(each.over for each in found.values()) <= 1
    assert min(each.worst for kind, each in found.items() if kind is not Kind.CAP) >= 98
