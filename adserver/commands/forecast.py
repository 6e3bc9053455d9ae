"""`adserver forecast`."""

import asyncio
from datetime import UTC, datetime

import click

from adserver.commands.setup import command_settings, connected_to_schema
from adserver.forecast.answer import Answer, answer
from adserver.forecast.question import Question, QuestionError, read_size, read_wish
from adserver.forecast.render import Format, render
from adserver.settings import Settings

_FORMATS = click.Choice([one.value for one in Format])
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--site", metavar="KEY", help="All slots of this site, or the site of the slots.")
@click.option("--slot", "slots", metavar="SITE/SLOT", multiple=True, help="Only this slot; may be given again.")
@click.option("--from", "first", type=_DAY, metavar="DAY", required=True, help="The first day, as 2026-11-01.")
@click.option("--to", "last", type=_DAY, metavar="DAY", required=True, help="The last day.")
@click.option(
    "--kv", "wishes", metavar="NAME=VALUE", multiple=True,
    help="A value of a dimension; given again, any of them. Also NAME!=VALUE, NAME>=N, NAME<=N.",
)  # fmt: skip
@click.option("--size", "sizes", metavar="WxH", multiple=True, help="Only where a creative of this size fits.")
@click.option("--format", "file_format", type=_FORMATS, default="table", show_default=True)
def forecast(
    site: str | None,
    slots: tuple[str, ...],
    first: datetime,
    last: datetime,
    wishes: tuple[str, ...],
    sizes: tuple[str, ...],
    file_format: str,
) -> None:
    """Print the impressions to come from DAY to DAY, and how many of them can still be sold.

    Days are days of the site's time zone. What is booked is counted as booked by guaranteed campaigns and sponsorships.
    """
    try:
        question = Question(
            first.date(), last.date(), site, slots, tuple(map(read_size, sizes)), tuple(map(read_wish, wishes))
        )
    except QuestionError as error:
        raise click.UsageError(str(error)) from error
    click.echo(render(asyncio.run(_answer(command_settings(), question)), Format(file_format)), nl=False)


async def _answer(settings: Settings, question: Question) -> Answer:
    async with connected_to_schema(settings) as connection:
        return await answer(connection, question, datetime.now(UTC), with_bookings=True)
