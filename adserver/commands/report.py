"""`adserver report`."""

import asyncio
import sys
from datetime import date, datetime

import click

from adserver.commands.setup import command_settings, connected_to_schema
from adserver.reporting.query import Dimension, QueryError, ReportQuery, read_dimensions
from adserver.reporting.render import Format, render
from adserver.reporting.report import Report
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
@click.option("--format", "file_format", type=_FORMATS, default="table", show_default=True)
def report(campaign: str | None, site: str | None, first: datetime, last: datetime, by: str, file_format: str) -> None:
    """Print figures of the days from DAY to DAY, which are days of each site's time zone."""
    query = _query(by, first.date(), last.date(), campaign, site)
    if file_format == Format.XLSX and sys.stdout.isatty():
        raise click.UsageError("a workbook is not for the terminal: send it to a file with > report.xlsx")
    sys.stdout.buffer.write(render(asyncio.run(_report(command_settings(), query)), Format(file_format)))


def _query(by: str, first: date, last: date, campaign: str | None, site: str | None) -> ReportQuery:
    try:
        return ReportQuery(first, last, read_dimensions(by), campaign=campaign, site=site)
    except QueryError as error:
        raise click.UsageError(str(error)) from error


async def _report(settings: Settings, query: ReportQuery) -> Report:
    async with connected_to_schema(settings) as connection:
        return await read_report(connection, query)
