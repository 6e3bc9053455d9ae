import io
import json
import zipfile
from datetime import date

from adserver.reporting.refused import render_refused
from adserver.reporting.render import Format
from adserver.reporting.report import InvalidEvents

ROWS = [InvalidEvents("impression", "declared_bot", 12345), InvalidEvents("click", "velocity", 2)]
DAYS = date(2026, 11, 1), date(2026, 11, 24)


def test_json_has_a_row_for_each_kind_and_reason() -> None:
    assert json.loads(render_refused(ROWS, *DAYS, Format.JSON)) == {
        "rows": [
            {"kind": "impression", "reason": "declared_bot", "events": 12345},
            {"kind": "click", "reason": "velocity", "events": 2},
        ],
        "totals": {"events": 12347},
    }


def test_csv_has_no_totals() -> None:
    assert render_refused(ROWS, *DAYS, Format.CSV).decode().splitlines() == [
        "kind,reason,events",
        "impression,declared_bot,12345",
        "click,velocity,2",
    ]


def test_table_is_aligned_and_added_up() -> None:
    assert render_refused(ROWS, *DAYS, Format.TABLE).decode().splitlines() == [
        "kind        reason        events",
        "----------  ------------  ------",
        "impression  declared_bot  12,345",
        "click       velocity           2",
        "----------  ------------  ------",
        "total                     12,347",
        "",
        "2026-11-01 to 2026-11-24, days of each site.",
        "Refused events are in no other figure.",
    ]


def test_workbook_can_be_opened() -> None:
    with zipfile.ZipFile(io.BytesIO(render_refused(ROWS, *DAYS, Format.XLSX))) as archive:
        assert b"12347" in archive.read("xl/worksheets/sheet1.xml")


def test_without_refused_events_there_is_a_total_of_none() -> None:
    assert json.loads(render_refused([], *DAYS, Format.JSON)) == {"rows": [], "totals": {"events": 0}}
