"""The flow against scipy's, on groups and campaigns made of chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow

from adserver.forecast.flow import Supply

CAMPAIGNS = 7

groups_of = st.dictionaries(st.integers(1, 2**CAMPAIGNS - 1), st.integers(0, 60), max_size=40)
wishes = st.lists(st.integers(0, 200), min_size=CAMPAIGNS, max_size=CAMPAIGNS)


def reference(groups: dict[int, int], wanted: list[int]) -> int:
    """The maximum flow from a source over groups and campaigns to a sink."""
    size = 2 + len(groups) + len(wanted)
    edges = np.zeros((size, size), dtype=np.int32)
    for place, (mask, amount) in enumerate(groups.items(), start=2):
        edges[0, place] = amount
        for campaign in range(len(wanted)):
            if mask >> campaign & 1:
                edges[place, 2 + len(groups) + campaign] = amount
    for campaign, amount in enumerate(wanted):
        edges[2 + len(groups) + campaign, 1] = amount
    return int(maximum_flow(csr_matrix(edges), 0, 1).flow_value)


@given(groups_of, wishes)
def test_together_campaigns_get_the_maximum_flow(groups: dict[int, int], wanted: list[int]) -> None:
    given_ = Supply(groups, CAMPAIGNS).serve(dict(enumerate(wanted)))
    assert sum(given_.values()) == reference(groups, wanted)
    assert all(0 <= given_[campaign] <= amount for campaign, amount in enumerate(wanted))


@given(groups_of, wishes)
def test_the_last_gets_what_is_left_once_the_others_are_served(groups: dict[int, int], wanted: list[int]) -> None:
    supply = Supply(groups, CAMPAIGNS)
    before = supply.serve({campaign: wanted[campaign] for campaign in range(1, CAMPAIGNS)})
    free = supply.serve({0: 10_000})[0]
    assert free == reference(groups, [10_000, *wanted[1:]]) - reference(groups, [0, *wanted[1:]])
    assert [supply.given(campaign) for campaign in range(1, CAMPAIGNS)] == list(before.values())


def test_contention_is_not_subtraction() -> None:
    # Campaign 1 may use either group, so what it needs leaves the group of campaign 0 alone.
    supply = Supply({0b10: 100, 0b11: 100}, 2)
    assert supply.serve({1: 100}) == {1: 100}
    assert supply.serve({0: 1_000}) == {0: 100}


def test_who_was_served_moves_to_make_room() -> None:
    supply = Supply({0b011: 100, 0b110: 100, 0b100: 50}, 3)
    assert supply.serve({1: 100}) == {1: 100}
    assert supply.serve({2: 100}) == {2: 100}
    assert supply.serve({0: 1_000}) == {0: 50}
    assert supply.given(1) == 100
    assert supply.given(2) == 100


@pytest.mark.parametrize("groups", [{}, {0: 50}, {0b1: 0}], ids=["none", "for nobody", "empty"])
def test_without_supply_nobody_gets_any(groups: dict[int, int]) -> None:
    assert Supply(groups, 1).serve({0: 10}) == {0: 0}
