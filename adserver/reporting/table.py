"""A report as rows of cells, which the text formats share."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from adserver.reporting.figures import Figures, money
from adserver.reporting.report import Report

FIGURE_COLUMNS = ("requests", "unfilled", "impressions", "viewable", "clicks", "invalid", "spend")
HOW_COUNTED = (
    "Impressions are ads that began to render in a browser. Viewable ones had half of their pixels (30 % of large ads) "
    "in view for a second. Refused events (robots, repeats, prefetch) are counted as invalid and in nothing else."
)


class Cells(NamedTuple):
    """A row's keys, its counts, and its spend: None where currencies would have to be added up."""

    keys: tuple[str | None, ...]
    counts: tuple[int, ...]
    spend: Decimal | None


def table_rows(report: Report) -> Iterator[Cells]:
    """Yield the report's rows."""
    for row in report.rows:
        yield _cells(row.keys, row.figures, is_mixed=False)


def totals_row(report: Report) -> Cells:
    """Return the totals, under empty keys."""
    return _cells((None,) * len(report.columns), report.totals, is_mixed=len(report.spend_by_currency) > 1)


def notes(report: Report) -> list[str]:
    """Return what must be known to read the figures: days and zone, how fresh, how counted; in English."""
    zones = ", ".join(report.zones) or "UTC"
    fresh = f"{report.counted_until:%Y-%m-%d %H:%M:%S %Z}" if report.counted_until else "nothing counted yet"
    lines = [f"{report.query.first} to {report.query.last}, days of {zones}. Counted until: {fresh}.", HOW_COUNTED]
    if report.refreshed:
        lines.append(f"Of the impressions {report.refreshed:,} came when a slot changed its ad by itself (refresh).")
    if len(report.spend_by_currency) > 1:
        sums = ", ".join(f"{money(micros)} {currency}" for currency, micros in report.spend_by_currency.items())
        lines.append(f"Spend: {sums}.")
    return lines


def _cells(keys: tuple[str | None, ...], figures: Figures, *, is_mixed: bool) -> Cells:
    counts = (
        figures.requests,
        figures.unfilled,
        figures.impressions,
        figures.viewable,
        figures.clicks,
        figures.invalid,
    )
    return Cells(keys, counts, None if is_mixed else money(figures.spend_micros))
