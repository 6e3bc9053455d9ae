import io
import json
import zipfile
from datetime import UTC, date, datetime

from adserver.reporting.figures import Figures
from adserver.reporting.query import Dimension, ReportQuery
from adserver.reporting.render import EXCEL_TURKISH, Format, render, render_csv, render_json, render_table
from adserver.reporting.report import Report, Row

QUERY = ReportQuery(date(2026, 11, 23), date(2026, 11, 24), (Dimension.CAMPAIGN,))
REPORT = Report(
    query=QUERY,
    columns=("campaign",),
    rows=[
        Row(("zeytin",), Figures(1234, 0, 1100, 700, 12, 3, 49_500_000)),
        Row((None,), Figures(50, 50, 0, 0, 0, 0, 0)),
    ],
    totals=Figures(1284, 50, 1100, 700, 12, 3, 49_500_000),
    spend_by_currency={"TRY": 49_500_000},
    zones=("Europe/Istanbul",),
    counted_until=datetime(2026, 11, 24, 13, 5, 22, tzinfo=UTC),
)
MIXED = Report(
    query=QUERY,
    columns=("campaign", "currency"),
    rows=[Row(("a", "EUR"), Figures(spend_micros=45_000)), Row(("b", "TRY"), Figures(spend_micros=2_000_000))],
    totals=Figures(),
    spend_by_currency={"EUR": 45_000, "TRY": 2_000_000},
    zones=("Europe/Istanbul",),
    counted_until=None,
)


def test_json_has_counts_as_integers_and_money_as_text() -> None:
    zeytin = {
        "requests": 1234,
        "unfilled": 0,
        "impressions": 1100,
        "viewable": 700,
        "clicks": 12,
        "invalid": 3,
        "spend": "49.50",
    }
    unfilled = {
        "requests": 50,
        "unfilled": 50,
        "impressions": 0,
        "viewable": 0,
        "clicks": 0,
        "invalid": 0,
        "spend": "0.00",
    }
    assert json.loads(render_json(REPORT)) == {
        "rows": [{"campaign": "zeytin", **zeytin}, {"campaign": None, **unfilled}],
        "totals": {**zeytin, "requests": 1284, "unfilled": 50},
    }


def test_json_does_not_add_up_currencies() -> None:
    answer = json.loads(render_json(MIXED))
    assert [(row["currency"], row["spend"]) for row in answer["rows"]] == [("EUR", "0.045"), ("TRY", "2.00")]
    assert answer["totals"]["spend"] is None
    assert answer["totals"]["spend_by_currency"] == {"EUR": "0.045", "TRY": "2.00"}


def test_csv_is_for_programs() -> None:
    assert render_csv(REPORT).decode() == (
        "campaign,requests,unfilled,impressions,viewable,clicks,invalid,spend\r\n"
        "zeytin,1234,0,1100,700,12,3,49.50\r\n"
        ",50,50,0,0,0,0,0.00\r\n"
    )


def test_csv_for_turkish_excel_has_its_marks_and_headings() -> None:
    content = render_csv(REPORT, EXCEL_TURKISH, {"campaign": "Kampanya", "spend": "Harcama"}.get)
    first, second, *_ = content.decode().split("\r\n")
    assert first.startswith("\ufeffKampanya;")
    assert first.endswith(";Harcama")
    assert second == "zeytin;1234;0;1100;700;12;3;49,50"


def test_csv_cells_never_begin_a_formula() -> None:
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"]
    report = Report(QUERY, ("city",), [Row((key,), Figures()) for key in evil], Figures(), {}, (), None)
    cells = [line.split(",")[0] for line in render_csv(report).decode().split("\r\n")[1:-1]]
    assert cells == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx"]


def test_table_is_aligned_and_says_what_it_counts() -> None:
    lines = render_table(REPORT).splitlines()
    assert lines[:6] == [
        "campaign  requests  unfilled  impressions  viewable  clicks  invalid  spend",
        "--------  --------  --------  -----------  --------  ------  -------  -----",
        "zeytin       1,234         0        1,100       700      12        3  49.50",
        "–               50        50            0         0       0        0   0.00",
        "--------  --------  --------  -----------  --------  ------  -------  -----",
        "total        1,284        50        1,100       700      12        3  49.50",
    ]
    assert lines[7] == ("2026-11-23 to 2026-11-24, days of Europe/Istanbul. Counted until: 2026-11-24 13:05:22 UTC.")


def test_table_of_several_currencies_names_each_sum() -> None:
    assert render_table(MIXED).splitlines()[-1] == "Spend: 0.045 EUR, 2.00 TRY."


def test_workbook_holds_numbers_as_numbers() -> None:
    with zipfile.ZipFile(io.BytesIO(render(REPORT, Format.XLSX))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert '<c r="B2" s="2"><v>1234</v></c>' in sheet
    assert '<c r="H2" s="3"><v>49.5</v></c>' in sheet
    assert 'state="frozen"' in sheet


def test_every_format_renders_an_empty_report() -> None:
    empty = Report(QUERY, ("campaign",), [], Figures(), {}, (), None)
    assert all(render(empty, kind) for kind in Format)
