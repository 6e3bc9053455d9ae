import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.inventory.model import CreativeId
from adserver.planning.creatives import shares
from adserver.planning.values import DayCount

A, B, C = CreativeId(1), CreativeId(2), CreativeId(3)
COUNTS = st.builds(
    DayCount, st.sampled_from([A, B, C]), st.integers(0, 60), st.integers(0, 10**6), st.integers(0, 10**5)
)


@given(st.lists(COUNTS, max_size=20))
def test_shares_sum_to_one_and_each_creative_goes_on_being_tried(counts: list[DayCount]) -> None:
    found = shares([A, B, C], counts, np.random.default_rng(1))
    assert sum(found.values()) == pytest.approx(1)
    assert min(found.values()) >= 0.1 / 3 - 1e-9


def test_without_counts_all_are_shown_alike() -> None:
    assert shares([A, B], [], np.random.default_rng(1)) == pytest.approx({A: 0.5, B: 0.5}, abs=0.05)


def test_the_creative_that_is_clicked_more_is_shown_most() -> None:
    counts = [DayCount(A, 0, 50_000, 100), DayCount(B, 0, 50_000, 200)]
    assert shares([A, B], counts, np.random.default_rng(1))[B] == pytest.approx(0.95, abs=0.001)


def test_one_lucky_click_moves_little() -> None:
    counts = [DayCount(A, 0, 100, 0), DayCount(B, 0, 100, 1)]
    assert shares([A, B], counts, np.random.default_rng(1))[B] < 0.75


def test_what_happened_long_ago_is_forgotten() -> None:
    counts = [DayCount(A, 40, 50_000, 200), DayCount(B, 40, 50_000, 100)]
    counts += [DayCount(A, 1, 50_000, 100), DayCount(B, 1, 50_000, 200)]
    assert shares([A, B], counts, np.random.default_rng(1))[B] > 0.9


def test_counts_of_other_creatives_do_not_matter() -> None:
    counts = [DayCount(C, 0, 1000, 1000)]
    assert set(shares([A, B], counts, np.random.default_rng(1))) == {A, B}
    assert shares([A], counts, np.random.default_rng(1)) == {A: 1.0}


def test_no_creatives_have_no_shares() -> None:
    assert shares([], [DayCount(A, 0, 10, 1)], np.random.default_rng(1)) == {}
