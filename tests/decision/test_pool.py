"""Many campaigns: every way to draw them has the same chances."""

from collections import Counter
from random import Random

import pytest

from adserver.decision.bits import mask_of
from adserver.decision.pool import Limits, TierPool

EVERYONE = mask_of(range(3, 203))
FEW_FREE = mask_of([5, 50, 100, 150, 202])
DRAWS = 20_000


@pytest.mark.parametrize("free", [EVERYONE, mask_of(range(3, 203, 3)), FEW_FREE], ids=["all", "a-third", "few"])
@pytest.mark.parametrize("heavy", [{}, {50: 1e6}, {50: 300.0, 51: 1e9}, {5: 40.0, 100: 0.0}], ids=str)
@pytest.mark.parametrize("limits", [Limits(), Limits(tries=3), Limits(exact=500)], ids=["tried", "listed", "exact"])
def test_free_campaigns_are_drawn_in_proportion(free: int, heavy: dict[int, float], limits: Limits) -> None:
    weights = [heavy.get(position, 1.0 + position % 2) for position in range(203)]
    pool, draw = TierPool(EVERYONE, 1.0, limits), Random(7).random
    drawn = Counter(pool.pick(free, draw, weights) for _ in range(DRAWS))
    expected = {position: weights[position] for position in range(3, 203) if free >> position & 1}
    whole = 1.0 + sum(expected.values())
    assert set(drawn) - {None} <= {position for position, weight in expected.items() if weight}
    for position, weight in [*expected.items(), (None, 1.0)]:
        chance = weight / whole
        # Five standard deviations; the seed makes it the same each time.
        assert abs(drawn[position] - DRAWS * chance) <= 5 * (DRAWS * chance * (1 - chance)) ** 0.5 + 1


def test_tier_without_free_campaigns_draws_nothing_for_long() -> None:
    draws: list[float] = []
    pool = TierPool(EVERYONE, 0.0, Limits())
    assert pool.pick(0, lambda: draws.append(0.5) or 0.5, [1.0] * 203) is None
    assert len(draws) < 10


def test_weights_made_ready_wait_for_the_first_draw_by_them() -> None:
    pool, draw = TierPool(EVERYONE, 0.0, Limits()), Random(1).random
    old, new = ([float(position == only) for position in range(203)] for only in (7, 150))
    assert pool.pick(EVERYONE, draw, old) == 7
    pool.get_ready(new)
    assert (pool.pick(EVERYONE, draw, old), pool.pick(EVERYONE, draw, new)) == (7, 150)


def test_changed_weights_are_those_drawn_by() -> None:
    pool, draw = TierPool(EVERYONE, 0.0, Limits()), Random(1).random
    for only in (7, 150):
        weights = [float(position == only) for position in range(203)]
        assert {pool.pick(EVERYONE, draw, weights) for _ in range(20)} == {only}
