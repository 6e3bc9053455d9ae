"""`adserver report`."""

import asyncio
import sys
from datetime import date, datetime

import click

from adserver.commands.setup import command_settings, connected_to_schema
from adserver.reporting.query import Dimension, QueryError, ReportQuery, read_dimensions
from adserver.reporting.refused import render_refused
from adserver.reporting.render import Format, render
from adserver.reporting.report import invalid_events
from adserver.reporting.report import report as read_report
from adserver.settings import Settings

_FORMATS = click.Choice([one.value for one in Format])
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--campaign", metavar="KEY", help="Only this campaign.")
@click.option("--site", metavar="KEY", help="Only this site.")
@click.option("--from", "first", type=_DAY, metavar="DAY", required=True, help="The first day, as 2026-11-01.")
@click.option("--to", "last", type=_DAY, metavar="DAY", required=True, help="The last day.")
@click.option("--by", metavar="WHAT,…", default="", help=f"Rows for each of {', '.join(Dimension)}.")
@click.option("--invalid", is_flag=True, help="Instead, the events that were refused, by kind and reason.")
@click.option("--format", "file_format", type=_FORMATS, default="table", show_default=True)
def report(
    campaign: str | None, site: str | None, first: datetime, last: datetime, by: str, invalid: bool, file_format: str
) -> None:
    """Print figures of the days from DAY to DAY, which are days of each site's time zone."""
    query = _query(by, first.date(), last.date(), campaign, site)
    if invalid and by:
        raise click.UsageError("--invalid has rows of its own and takes no --by")
    if file_format == Format.XLSX and sys.stdout.isatty():
        raise click.UsageError("a workbook is not for the terminal: send it to a file with > report.xlsx")
    read = _refused if invalid else _report
    sys.stdout.buffer.write(asyncio.run(read(command_settings(), query, Format(file_format))))


def _query(by: str, first: date, last: date, campaign: str | None, site: str | None) -> ReportQuery:
    try:
        return ReportQuery(first, last, read_dimensions(by), campaign=campaign, site=site)
    except QueryError as error:
        raise click.UsageError(str(error)) from error


async def _report(settings: Settings, query: ReportQuery, file_format: Format) -> bytes:
    async with connected_to_schema(settings) as connection:
        return render(await read_report(connection, query), file_format)


async def _refused(settings: Settings, query: ReportQuery, file_format: Format) -> bytes:
    async with connected_to_schema(settings) as connection:
        return render_refused(await invalid_events(connection, query), query.first, query.last, file_format)
