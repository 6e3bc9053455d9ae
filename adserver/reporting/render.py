"""A report as bytes in the formats people and programs want."""

import csv
import io
import json
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from adserver.reporting.figures import money
from adserver.reporting.report import Report
from adserver.reporting.table import FIGURE_COLUMNS, Cells, notes, table_rows, totals_row
from adserver.reporting.workbook import render_workbook


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"


class CsvStyle(NamedTuple):
    """How cells are separated, how decimals are written, whether a byte order mark goes first."""

    delimiter: str
    decimal_point: str
    has_bom: bool


PLAIN = CsvStyle(",", ".", has_bom=False)
EXCEL = CsvStyle(",", ".", has_bom=True)
EXCEL_TURKISH = CsvStyle(";", ",", has_bom=True)

# What spreadsheets take for the beginning of a formula, by OWASP's advice on CSV injection.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render(report: Report, format: Format) -> bytes:  # noqa: A002 - the contract's word
    """Return the report in UTF-8 text, or as an Excel workbook."""
    match format:
        case Format.TABLE:
            return render_table(report).encode()
        case Format.CSV:
            return render_csv(report)
        case Format.JSON:
            return render_json(report)
        case Format.XLSX:
            return render_workbook(report)


def render_json(report: Report) -> bytes:
    """Return {"rows": […], "totals": {…}}: counts are integers, money is a decimal string.

    Where campaigns have several currencies, each row names its own, and the totals have `spend_by_currency` in
    place of a sum: {"spend": null, "spend_by_currency": {"EUR": "1.00", …}}.
    """
    rows = [{**dict(zip(report.columns, row.keys, strict=True)), **_figures(row)} for row in table_rows(report)]
    totals = _figures(totals_row(report))
    if len(report.spend_by_currency) > 1:
        spend = {currency: str(money(micros)) for currency, micros in report.spend_by_currency.items()}
        totals["spend_by_currency"] = spend
    return json.dumps({"rows": rows, "totals": totals}, ensure_ascii=False, indent=2).encode() + b"\n"


def render_csv(report: Report, style: CsvStyle = PLAIN, heading: Callable[[str], str] = str) -> bytes:
    """Return the rows, without totals, under `heading` of each column's name."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=style.delimiter)
    writer.writerow([heading(name) for name in (*report.columns, *FIGURE_COLUMNS)])
    for row in table_rows(report):
        spend = str(row.spend).replace(".", style.decimal_point)
        writer.writerow([*(_harmless(key or "") for key in row.keys), *row.counts, spend])
    return text.getvalue().encode("utf-8-sig" if style.has_bom else "utf-8")


def render_table(report: Report) -> str:
    """Return aligned columns with a line of totals, and below them what must be known to read them."""
    heads = (*report.columns, *FIGURE_COLUMNS)
    lines = [_texts(row) for row in table_rows(report)]
    totals = _texts(totals_row(report))
    if report.columns:
        totals[0] = "total"
    widths = [max(len(line[at]) for line in ([*heads], *lines, totals)) for at in range(len(heads))]
    rule = ["-" * width for width in widths]
    body = [_aligned(line, widths, len(report.columns)) for line in ([*heads], rule, *lines, rule, totals)]
    return "\n".join([*body, "", *notes(report), ""])


def _figures(row: Cells) -> dict[str, object]:
    return dict(zip(FIGURE_COLUMNS, (*row.counts, None if row.spend is None else str(row.spend)), strict=True))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _texts(row: Cells) -> list[str]:
    spend = "" if row.spend is None else f"{row.spend:,}"
    return [*(key or "–" for key in row.keys), *(f"{count:,}" for count in row.counts), spend]


def _aligned(cells: list[str], widths: list[int], key_columns: int) -> str:
    return "  ".join(
        cell.ljust(width) if at < key_columns else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ).rstrip()
