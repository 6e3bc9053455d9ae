from datetime import date, timedelta
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from adserver.reporting.flat import Cell, FlatPrice, flat_spend

FIRST = date(2026, 11, 1)
NOVEMBER = FlatPrice(micros=30_000_000, first=FIRST, days=30)


def day(number: int) -> date:
    return FIRST + timedelta(days=number - 1)


def spend(price: FlatPrice, *cells: tuple[int, int]) -> list[int]:
    return list(flat_spend(price, [Cell(day(number), impressions) for number, impressions in cells]))


def test_a_day_earns_its_share_whatever_its_impressions() -> None:
    assert spend(NOVEMBER, (1, 5), (2, 50_000)) == [1_000_000, 1_000_000]


def test_a_days_share_is_divided_by_impressions() -> None:
    assert spend(NOVEMBER, (1, 30), (1, 10)) == [750_000, 250_000]


def test_a_day_without_impressions_is_earned_by_the_next_with_some() -> None:
    assert spend(NOVEMBER, (1, 10), (2, 0), (4, 10)) == [1_000_000, 0, 3_000_000]


def test_nothing_is_earned_before_the_first_day() -> None:
    assert spend(NOVEMBER, (0, 100), (1, 1)) == [0, 1_000_000]


def test_what_was_left_open_is_earned_after_the_last_day() -> None:
    assert spend(NOVEMBER, (29, 1), (31, 1), (32, 1)) == [29_000_000, 1_000_000, 0]


prices = st.builds(FlatPrice, micros=st.integers(0, 10**13), first=st.just(FIRST), days=st.integers(1, 400))
cells = st.lists(st.tuples(st.integers(-3, 410), st.integers(0, 10**6)), max_size=60).map(sorted)


@given(prices, cells)
def test_spend_is_the_whole_price_once_the_last_day_had_an_impression(
    price: FlatPrice, days: list[tuple[int, int]]
) -> None:
    through_the_end = [*days, (411, 1)]
    assert sum(spend(price, *through_the_end)) == price.micros


@given(prices, cells)
def test_spend_never_runs_ahead_of_time(price: FlatPrice, days: list[tuple[int, int]]) -> None:
    spends = spend(price, *days)
    assert all(amount >= 0 for amount in spends)
    for (number, _), earned in zip(days, accumulate(spends), strict=True):
        assert earned * price.days <= price.micros * min(max(number, 0), price.days)


@given(prices, cells, st.integers(1, 10))
def test_what_neighbours_earn_does_not_depend_on_how_they_are_cut(
    price: FlatPrice, days: list[tuple[int, int]], part: int
) -> None:
    halves = [
        half
        for number, impressions in days
        for half in ((number, impressions // part), (number, impressions - impressions // part))
    ]
    in_halves = spend(price, *halves)
    assert [in_halves[at] + in_halves[at + 1] for at in range(0, len(in_halves), 2)] == spend(price, *days)
