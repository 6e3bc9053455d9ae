"""What Postgres holds, and whether the tables, the reports and the public counts agree."""

import json
from datetime import datetime, timedelta
from urllib.parse import quote

import asyncpg

from adserver.counting.counter import SECONDS_AN_HOUR
from tests.faults.book import Cell, Figure
from tests.faults.http import Browser
from tests.faults.inventory import ARTICLES, MICROS_AN_IMPRESSION, SITE
from tests.faults.service import Service

KINDS = {"impression": "impressions", "viewable": "viewable", "click": "clicks"}

ADS = """
select hour, slot.name as slot, creative.key as creative, impressions, viewable, clicks
from hourly left join slot on slot.id = slot_id left join creative on creative.id = creative_id
where impressions > 0 or viewable > 0 or clicks > 0
"""
VIEWS = "select hour, article, views from article_hourly"

SUMS = """
select coalesce(sum(requests), 0)::bigint as requests, coalesce(sum(unfilled), 0)::bigint as unfilled,
    coalesce(sum(impressions), 0)::bigint as impressions, coalesce(sum(viewable), 0)::bigint as viewable,
    coalesce(sum(clicks), 0)::bigint as clicks, coalesce(sum(invalid), 0)::bigint as invalid,
    coalesce(sum(spend_micros), 0)::bigint as spend_micros
from
"""
REFUSED = "select coalesce(sum(events), 0)::bigint from invalid_hourly where kind != 'view'"


async def stored_cells(connection: asyncpg.Connection) -> dict[Cell, int]:
    """Return what the tables hold by slot, creative, kind and hour, and by article and hour."""
    cells: dict[Cell, int] = {}
    for row in await connection.fetch(ADS):
        for kind, column in KINDS.items():
            if row[column]:
                cells[Cell(Figure(kind, row["slot"], row["creative"]), _hour(row["hour"]))] = row[column]
    for row in await connection.fetch(VIEWS):
        cells[Cell(Figure("view", "", row["article"]), _hour(row["hour"]))] = row["views"]
    return cells


async def disagreements(service: Service, connection: asyncpg.Connection) -> list[str]:
    """Return a line for each figure that is told differently in two places; call when nothing changes any more."""
    hourly, daily = [dict(await connection.fetchrow(SUMS + table)) for table in ("hourly", "daily")]
    faults = [] if hourly == daily else [f"hourly has {hourly}, daily {daily}"]
    if (refused := await connection.fetchval(REFUSED)) != hourly["invalid"]:
        faults.append(f"hourly has {hourly['invalid']} refused, invalid_hourly {refused}")
    if hourly["spend_micros"] != hourly["impressions"] * MICROS_AN_IMPRESSION:
        faults.append(f"{hourly['impressions']} impressions cost {hourly['spend_micros']} micros")
    return [*faults, *await _report_faults(service, hourly), *await _view_faults(service, connection)]


async def _report_faults(service: Service, hourly: dict[str, int]) -> list[str]:
    today = datetime.now().astimezone()
    days = [f"{today + timedelta(days=shift):%Y-%m-%d}" for shift in (-2, 2)]
    output = await service.command(
        *("report", "--site", SITE, "--from", days[0], "--to", days[1], "--by", "slot,creative", "--format", "json")
    )
    rows = json.loads(output)["rows"]
    names = ("impressions", "viewable", "clicks")
    told = {name: sum(row[name] for row in rows) for name in names}
    return [] if all(told[name] == hourly[name] for name in names) else [f"hourly has {hourly}, the report {told}"]


async def _view_faults(service: Service, connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch("select article, sum(views)::bigint as views from article_hourly group by article")
    stored = dict.fromkeys(ARTICLES, 0) | {row["article"]: row["views"] for row in rows}
    browser = Browser(service.port)
    query = "&".join(f"article={article}" for article in map(quote, ARTICLES))
    answer = await browser.ask("GET", f"/v1/views/{SITE}?{query}", {})
    browser.close()
    told = None if answer is None or answer.status != 200 else json.loads(answer.body)
    return [] if told == stored else [f"article_hourly has {stored}, /v1/views {told}"]


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // SECONDS_AN_HOUR
