"""A report as an Excel workbook."""

import io
from collections.abc import Callable, Sequence

import xlsxwriter  # type: ignore[import-untyped]

from adserver.reporting.report import Report
from adserver.reporting.table import FIGURE_COLUMNS, Cells, notes, table_rows, totals_row

_KEY_WIDTH, _FIGURE_WIDTH = 26, 14


def render_workbook(report: Report, heading: Callable[[str], str] = str, about: Sequence[str] | None = None) -> bytes:
    """Return a sheet of rows with totals below, numbers as numbers, and a sheet of notes (`about`: in place of ours).

    `heading` gives the text over each column from its name, and the two sheets their names from "report" and "notes".
    """
    content = io.BytesIO()
    # strings_to_formulas and _urls off: a key that looks like one stays text.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as workbook:
        bold = workbook.add_format({"bold": True, "bottom": 1})
        count, amount = workbook.add_format({"num_format": "#,##0"}), workbook.add_format({"num_format": "#,##0.00"})
        sheet = workbook.add_worksheet(heading("report"))
        sheet.freeze_panes(1, len(report.columns))
        sheet.set_column(0, max(len(report.columns) - 1, 0), _KEY_WIDTH)
        sheet.set_column(len(report.columns), len(report.columns) + len(FIGURE_COLUMNS) - 1, _FIGURE_WIDTH)
        sheet.write_row(0, 0, [heading(name) for name in (*report.columns, *FIGURE_COLUMNS)], bold)
        line = 1
        for line, row in enumerate((*table_rows(report), totals_row(report)), start=1):
            _write(sheet, line, row, count, amount)
        sheet.autofilter(0, 0, max(line - 1, 1), len(report.columns) + len(FIGURE_COLUMNS) - 1)
        _write_notes(workbook.add_worksheet(heading("notes")), notes(report) if about is None else about)
    return content.getvalue()


def _write(
    sheet: xlsxwriter.worksheet.Worksheet,
    line: int,
    row: Cells,
    count: xlsxwriter.format.Format,
    amount: xlsxwriter.format.Format,
) -> None:
    for column, key in enumerate(row.keys):
        sheet.write_string(line, column, key or "")
    for column, number in enumerate(row.counts, start=len(row.keys)):
        sheet.write_number(line, column, number, count)
    if row.spend is not None:
        sheet.write_number(line, len(row.keys) + len(row.counts), float(row.spend), amount)


def _write_notes(sheet: xlsxwriter.worksheet.Worksheet, lines: Sequence[str]) -> None:
    sheet.set_column(0, 0, 110)
    for line, text in enumerate(lines):
        sheet.write_string(line, 0, text)
