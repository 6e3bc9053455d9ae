"""`/reports/{campaign}.csv`, `.xlsx`, `.json`: the figures of a campaign's page, to take away."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.responses import Response

from adserver.console.campaign_page import campaign_of, period_of
from adserver.console.labels import COLUMNS
from adserver.console.notes import report_notes
from adserver.console.visit import Visit, fault_page
from adserver.console.words import TURKISH, Words
from adserver.reporting.query import QueryError, ReportQuery, read_dimensions
from adserver.reporting.render import EXCEL, EXCEL_TURKISH, render_csv, render_json
from adserver.reporting.report import Report, report
from adserver.reporting.workbook import render_workbook

_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def campaign_download(visit: Visit) -> Response:
    """Send the campaign's figures by day and slot, or `by` what is asked, of the same days as its page."""
    kind = visit.request.path_params["kind"]
    if kind not in _MEDIA_TYPES:
        raise HTTPException(404)
    async with visit.pool.acquire() as connection:
        campaign = await campaign_of(visit, connection)
        period = await period_of(visit, connection, campaign)
        try:
            dimensions = read_dimensions(visit.request.query_params.get("by", "day,slot"))
            query = ReportQuery(period.first, period.last, dimensions, campaign=campaign.key)
        except QueryError as error:
            return fault_page(visit, 400, str(error))
        answer = await report(connection, query)
    content = await asyncio.to_thread(_render, answer, kind, visit.words)
    name = f"{campaign.key}_{period.first}_{period.last}.{kind}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_MEDIA_TYPES[kind], headers=headers)


def _render(answer: Report, kind: str, words: Words) -> bytes:
    def heading(column: str) -> str:
        return words.text(COLUMNS.get(column, column))

    if kind == "json":
        return render_json(answer)
    if kind == "csv":
        return render_csv(answer, EXCEL_TURKISH if words.language == TURKISH else EXCEL, heading)
    return render_workbook(answer, heading, report_notes(words, answer))
