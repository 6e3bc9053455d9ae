from hypothesis import given
from hypothesis import strategies as st

from adserver.decision.bits import mask_of, masks_of, nth_position, positions_of

POSITIONS = st.sets(st.integers(0, 3_000), max_size=40)


@given(POSITIONS)
def test_positions_survive_a_round_trip_in_order(positions: set[int]) -> None:
    assert list(positions_of(mask_of(positions))) == sorted(positions)


@given(POSITIONS.filter(bool))
def test_nth_position_counts_from_the_lowest(positions: set[int]) -> None:
    mask = mask_of(positions)
    assert [nth_position(mask, n) for n in range(len(positions))] == sorted(positions)


def test_masks_are_kept_apart_by_key() -> None:
    assert masks_of([("a", 0), ("b", 1), ("a", 2)]) == {"a": 0b101, "b": 0b010}
