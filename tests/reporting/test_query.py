from datetime import date

import pytest

from adserver.reporting.query import Dimension, QueryError, ReportQuery, read_dimensions

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


def test_dimensions_are_read_in_the_order_asked() -> None:
    assert read_dimensions("slot, day") == (Dimension.SLOT, Dimension.DAY)


def test_no_dimension_is_a_query_for_the_totals() -> None:
    assert read_dimensions("") == ()


def test_every_unknown_dimension_is_named() -> None:
    with pytest.raises(QueryError, match="no such dimension: colour, mood; there are day, hour"):
        read_dimensions("day,colour,mood")


def test_a_window_may_not_run_backwards() -> None:
    with pytest.raises(QueryError, match="the first day, 2026-11-30, is after the last, 2026-11-01"):
        ReportQuery(LAST, FIRST)


def test_a_dimension_may_not_be_asked_twice() -> None:
    with pytest.raises(QueryError, match="a dimension is named twice: day, day"):
        ReportQuery(FIRST, LAST, (Dimension.DAY, Dimension.DAY))


@pytest.mark.parametrize("dimension", [Dimension.CITY, Dimension.DEVICE])
def test_what_is_kept_by_day_has_no_hours(dimension: Dimension) -> None:
    with pytest.raises(QueryError, match=f"hour cannot go with {dimension}: those figures are kept by day"):
        ReportQuery(FIRST, LAST, (Dimension.HOUR, dimension))
