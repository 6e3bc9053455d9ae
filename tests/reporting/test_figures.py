from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.reporting.figures import MICROS, Figures, money

SOME = Figures(requests=1000, unfilled=100, impressions=800, viewable=500, clicks=4, invalid=7, spend_micros=36_000_000)


def test_fill_rate_is_the_share_of_requests_that_found_an_ad() -> None:
    assert SOME.fill_rate == 0.9


def test_viewability_is_the_share_of_impressions_that_were_seen() -> None:
    assert SOME.viewability == 0.625


def test_click_rate_is_clicks_to_impressions() -> None:
    assert SOME.click_rate == 0.005


def test_ecpm_is_the_spend_of_a_thousand_impressions() -> None:
    assert SOME.ecpm_micros == 45_000_000


def test_half_a_micro_of_ecpm_is_rounded_up() -> None:
    assert Figures(impressions=2000, spend_micros=1).ecpm_micros == 1


def test_rates_of_nothing_are_unknown_rather_than_zero() -> None:
    nothing = Figures()
    assert (nothing.fill_rate, nothing.viewability, nothing.click_rate, nothing.ecpm_micros) == (None,) * 4


def test_figures_add_up_column_by_column() -> None:
    assert Figures(1, 2, 3, 4, 5, 6, 7) + Figures(10, 20, 30, 40, 50, 60, 70) == Figures(11, 22, 33, 44, 55, 66, 77)


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "0.00"),
        (45_000_000, "45.00"),
        (45_000, "0.045"),
        (1, "0.000001"),
        (1_500_000, "1.50"),
        (10**17, "1" + "0" * 11 + ".00"),
    ],
)
def test_money_has_two_decimals_or_as_many_as_it_needs(micros: int, text: str) -> None:
    assert str(money(micros)) == text


@given(st.integers(0, 2**63 - 1))
def test_money_loses_no_micro(micros: int) -> None:
    assert money(micros) * MICROS == Decimal(micros)
