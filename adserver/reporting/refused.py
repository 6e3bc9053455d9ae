"""Refused events by kind and reason, as bytes in the formats of a report."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date

import xlsxwriter  # type: ignore[import-untyped]

from adserver.reporting.render import Format
from adserver.reporting.report import InvalidEvents

_COLUMNS = InvalidEvents._fields


def render_refused(rows: Sequence[InvalidEvents], first: date, last: date, format: Format) -> bytes:  # noqa: A002
    """Return the rows, most events first, with their total; the days are named where there is room for it."""
    match format:
        case Format.TABLE:
            return _table(rows, first, last).encode()
        case Format.CSV:
            return _csv(rows)
        case Format.JSON:
            return _json(rows)
        case Format.XLSX:
            return _workbook(rows)


def _json(rows: Sequence[InvalidEvents]) -> bytes:
    answer = {"rows": [row._asdict() for row in rows], "totals": {"events": _total(rows)}}
    return json.dumps(answer, ensure_ascii=False, indent=2).encode() + b"\n"


def _csv(rows: Sequence[InvalidEvents]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([_COLUMNS, *rows])
    return text.getvalue().encode()


def _table(rows: Sequence[InvalidEvents], first: date, last: date) -> str:
    lines = [_COLUMNS, *((row.kind, row.reason, f"{row.events:,}") for row in rows), ("total", "", f"{_total(rows):,}")]
    kind, reason, events = (max(len(line[at]) for line in lines) for at in range(len(_COLUMNS)))
    body = [f"{line[0]:{kind}}  {line[1]:{reason}}  {line[2]:>{events}}" for line in lines]
    rule = "  ".join("-" * width for width in (kind, reason, events))
    notes = (f"{first} to {last}, days of each site.", "Refused events are in no other figure.")
    return "\n".join([body[0], rule, *body[1:-1], rule, body[-1], "", *notes, ""])


def _workbook(rows: Sequence[InvalidEvents]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as workbook:
        sheet = workbook.add_worksheet("invalid")
        sheet.set_column(0, 1, 20)
        sheet.write_row(0, 0, _COLUMNS, workbook.add_format({"bold": True, "bottom": 1}))
        for line, row in enumerate((*rows, ("total", "", _total(rows))), start=1):
            sheet.write_row(line, 0, row)
    return content.getvalue()


def _total(rows: Sequence[InvalidEvents]) -> int:
    return sum(row.events for row in rows)
