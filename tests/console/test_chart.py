import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.console.chart import PLOT_HEIGHT, bar_chart, nice_ticks


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (7, [0, 2, 4, 6, 8]),
        (43, [0, 20, 40, 60]),
        (7_146, [0, 2000, 4000, 6000, 8000]),
        (81_000, [0, 50_000, 100_000]),
    ],
)
def test_ticks_are_round_numbers(highest: int, ticks: list[int]) -> None:
    assert nice_ticks(highest) == ticks


@given(st.integers(0, 10**15))
def test_ticks_hold_the_highest_value_and_are_few(highest: int) -> None:
    ticks = nice_ticks(highest)
    assert ticks[-1] >= highest
    assert 2 <= len(ticks) <= 5


@given(st.lists(st.integers(0, 10**9).flatmap(lambda whole: st.tuples(st.just(whole), st.integers(0, whole)))))
def test_bars_stay_within_the_plot(values: list[tuple[int, int]]) -> None:
    for bar in bar_chart(values).bars:
        assert 0 <= bar.x <= bar.x + bar.width <= 100.001
        assert 0 <= bar.y <= bar.part_y <= PLOT_HEIGHT
        assert bar.y + bar.height == pytest.approx(PLOT_HEIGHT)


@given(st.integers(1, 200))
def test_labels_are_few_enough_to_read(bars: int) -> None:
    shown = [bar for bar in bar_chart([(1, 0)] * bars).bars if bar.label_rank < 2]
    assert 1 <= len(shown) <= 8
