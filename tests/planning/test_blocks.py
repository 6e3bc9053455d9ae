import numpy as np
import pytest

from adserver.planning.blocks import borders_of, part_of_hours, summed


@pytest.mark.parametrize("hours", [1, 2, 11, 12, 13, 25, 100, 336, 720])
def test_blocks_cover_every_hour_once(hours: int) -> None:
    borders = borders_of(hours)
    assert borders[0] == 0
    assert borders[-1] == hours
    assert (np.diff(borders) > 0).all()


def test_a_month_has_few_blocks_and_its_next_hours_their_own() -> None:
    borders = borders_of(720)
    assert borders[:4].tolist() == [0, 1, 2, 3]
    assert len(borders) < 70


def test_hours_are_cut_by_start_and_end() -> None:
    assert part_of_hours(0.25, 2.5, 4).tolist() == [0.75, 1.0, 0.5, 0.0]
    assert part_of_hours(-3, 99, 2).tolist() == [1.0, 1.0]
    assert part_of_hours(5, 4, 6).tolist() == [0.0] * 6


def test_columns_are_summed_between_borders() -> None:
    assert summed(np.array([[1.0, 2.0, 3.0]]), np.array([0, 1, 3])).tolist() == [[1.0, 5.0]]
