from hypothesis import given
from hypothesis import strategies as st

from adserver.decision.bits import list_positions, mask_of, masks_of, pack, positions_of, unpack

POSITIONS = st.sets(st.integers(0, 3_000), max_size=40)


@given(POSITIONS)
def test_positions_survive_a_round_trip_in_order(positions: set[int]) -> None:
    assert list(positions_of(mask_of(positions))) == sorted(positions)


@given(st.sets(st.integers(0, 300), max_size=200))
def test_many_positions_are_listed_as_few_are(positions: set[int]) -> None:
    assert list(list_positions(mask_of(positions))) == sorted(positions)


@given(POSITIONS)
def test_packed_positions_are_the_same_set(positions: set[int]) -> None:
    assert unpack(pack(positions, 3_001)) == mask_of(positions)


def test_masks_are_kept_apart_by_key() -> None:
    assert masks_of([("a", 0), ("b", 1), ("a", 2)]) == {"a": 0b101, "b": 0b010}
