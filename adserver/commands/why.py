"""`adserver why`."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

import click
from redis.exceptions import RedisError

from adserver.commands.faults import Fault
from adserver.commands.setup import command_settings, connected
from adserver.connections import open_redis
from adserver.counting import keys
from adserver.decision.build import build_index
from adserver.decision.explain import SlotExplanation, explain
from adserver.decision.explained import explanation_data, explanation_text
from adserver.decision.pace import NO_PACES, Paces
from adserver.decision.request import AdRequest
from adserver.inventory.load import load_inventory
from adserver.inventory.model import Inventory, Site
from adserver.inventory.moments import read_start
from adserver.planner.blob import UnreadableBlob, decode
from adserver.process.servers import reachable_servers
from adserver.schema import ensure_schema
from adserver.settings import Settings


@click.command()
@click.option("--site", "site_key", metavar="KEY", required=True, help="The site.")
@click.option(
    "--slot", "slots", metavar="NAME", multiple=True, required=True, help="The slot; given again, the page's."
)
@click.option("--at", metavar="TIME", help="As 2026-11-30 18:00, in the site's zone; without it, now.")
@click.option("--kv", "values", metavar="NAME=VALUE", multiple=True, help="What the request says of page and reader.")
@click.option("--width", type=click.IntRange(1), metavar="PIXELS", help="What the reader's screen offers at most.")
@click.option("--capped", metavar="KEY", multiple=True, help="A campaign whose caps the reader has reached.")
@click.option("--format", "file_format", type=click.Choice(["table", "json"]), default="table", show_default=True)
def why(
    site_key: str,
    slots: tuple[str, ...],
    at: str | None,
    values: tuple[str, ...],
    width: int | None,
    capped: tuple[str, ...],
    file_format: str,
) -> None:
    """Explain a slot: for every campaign booked there its chance, or what keeps it out.

    Each slot is explained as if it were the page's first: exclusion labels and creatives of other slots come on top.
    """
    attributes = _attributes(values)
    inventory, paces = asyncio.run(_read(command_settings()))
    site = next((site for site in inventory.sites if site.key == site_key), None)
    if site is None:
        raise Fault([f"there is no site {site_key}"])
    request = AdRequest(site, tuple(dict.fromkeys(slots)), attributes, _moment(at, site), width, frozenset(capped))
    explained = explain(build_index(inventory), request, paces or NO_PACES)
    if paces is None:
        click.echo(
            "adserver: warning: no weights can be read from Redis, so every campaign counts with weight 1", err=True
        )
    click.echo(_render(explained, file_format), nl=False)


def _render(explained: Iterable[SlotExplanation], file_format: str) -> str:
    slots = list(explained)
    if file_format == "json":
        return json.dumps(explanation_data(slots), ensure_ascii=False, indent=2) + "\n"
    return explanation_text(slots)


def _attributes(values: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    attributes: dict[str, tuple[str, ...]] = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not name or not equals or not value.strip():
            raise click.UsageError(f"expected a value such as city=Antalya, found {text}")
        attributes[name] = (*attributes.get(name, ()), value)
    return attributes


def _moment(text: str | None, site: Site) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        return read_start(text, ZoneInfo(site.timezone))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


async def _read(settings: Settings) -> tuple[Inventory, Paces | None]:
    """The inventory, and the weights where Redis has them."""
    async with reachable_servers(settings) as complete, connected(complete) as connection:
        await ensure_schema(connection, may_create=settings.database_url is None)
        return await load_inventory(connection), await _paces(complete)


async def _paces(settings: Settings) -> Paces | None:
    try:
        async with open_redis(settings) as redis:
            blob = cast("bytes | None", await redis.get(keys.paces()))
        return decode(blob).paces if blob else None
    except (RedisError, OSError, UnreadableBlob):
        return None
