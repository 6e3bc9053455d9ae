import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.inventory.model import Tier
from adserver.planning.curve import even_course, soonest_course
from adserver.planning.values import Floats
from tests.planning.examples import booking

REACHES = st.lists(st.floats(0, 1e6), min_size=1, max_size=20).map(np.array)


@given(REACHES, st.floats(0, 1e6), st.floats(0, 1e6), st.none() | st.floats(0, 1e6))
def test_course_sums_to_what_is_needed(reach: Floats, goal: float, delivered: float, passed: float | None) -> None:
    booked = booking(goal=goal + 1, delivered=delivered, passed=passed)
    needed = max(0.0, goal + 1 - delivered) if reach.sum() > 1e-6 else 0.0
    for course in (even_course(booked, reach, np.arange(len(reach)) + 0.5), soonest_course(booked, reach)):
        assert (course >= 0).all()
        assert course.sum() == pytest.approx(needed, rel=1e-3)


def test_even_course_follows_the_traffic() -> None:
    course = even_course(
        booking(tier=Tier.STANDARD, passed=0.0), np.array([100.0, 300.0, 600.0]), np.array([1.0, 2, 3])
    )
    assert course == pytest.approx([100, 300, 600])


def test_guaranteed_course_ends_a_little_early() -> None:
    course = even_course(booking(passed=0.0), np.full(10, 1000.0), np.arange(10.0))
    assert course[:9] == pytest.approx(np.full(9, course[0]))
    assert 0 < course[9] < 0.9 * course[0]


def test_what_is_missing_to_the_curve_is_made_good_soon() -> None:
    late = even_course(booking(delivered=100, passed=5000.0), np.full(48, 100.0), np.arange(48.0))
    on_time = even_course(booking(delivered=500, passed=5000.0), np.full(48, 100.0), np.arange(48.0))
    assert (late - on_time)[0] > 2 * (late - on_time)[40] > 0


def test_soonest_course_fills_the_first_blocks() -> None:
    course = soonest_course(booking(goal=1000), np.array([1000.0, 1000.0, 1000.0]))
    assert course == pytest.approx([800, 200, 0], abs=0.01)
