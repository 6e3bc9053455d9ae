"""`/console/`: how the publisher's slots do today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from starlette.responses import Response

from adserver.console.visit import Visit
from adserver.reporting.figures import Figures
from adserver.reporting.query import Dimension, ReportQuery
from adserver.reporting.report import report
from adserver.reporting.scope import Connection

_SITES = """
select site.key, site.name, site.domains, site.timezone,
    array(select slot.name from slot where site_id = site.id and archived_at is null order by slot.id) as slots
from site where archived_at is null order by site.name, site.key
"""


class SlotToday(NamedTuple):
    name: str
    today: Figures
    last_hour: Figures


@dataclass(frozen=True, slots=True)
class SiteToday:
    """Figures of the site's own day until now, and of its last full hour."""

    key: str
    name: str
    domains: Sequence[str]
    timezone: str
    slots: Sequence[SlotToday]
    today: Figures
    last_hour: Figures
    counted_until: datetime | None


async def overview(visit: Visit) -> Response:
    """Show each site's slots with today's figures and those of the last full hour."""
    async with visit.pool.acquire() as connection:
        rows = await connection.fetch(_SITES)
        sites = [
            await _site(connection, visit.now, row["key"], row["name"], row["domains"], row["timezone"], row["slots"])
            for row in rows
        ]
    return visit.page("overview.html", sites=sites)


async def _site(
    connection: Connection, now: datetime, key: str, name: str, domains: list[str], timezone: str, slots: list[str]
) -> SiteToday:
    zone = ZoneInfo(timezone)
    today, hour = now.astimezone(zone).date(), now - timedelta(hours=1)
    first = min(today, hour.astimezone(zone).date())
    answer = await report(connection, ReportQuery(first, today, (Dimension.HOUR, Dimension.SLOT), site=key))
    rows = [(datetime.fromisoformat(row.keys[0] or ""), row.keys[1] or "", row.figures) for row in answer.rows]
    by_day = _by_slot([(slot, figures) for moment, slot, figures in rows if moment.date() == today])
    by_hour = _by_slot([(slot, figures) for moment, slot, figures in rows if moment == _beginning(hour)])
    lines = [
        SlotToday(slot, by_day.get(f"{key}/{slot}", Figures()), by_hour.get(f"{key}/{slot}", Figures()))
        for slot in slots
    ]
    return SiteToday(
        key=key,
        name=name,
        domains=domains,
        timezone=timezone,
        slots=lines,
        today=sum(by_day.values(), Figures()),
        last_hour=sum(by_hour.values(), Figures()),
        counted_until=answer.counted_until,
    )


def _beginning(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _by_slot(rows: Sequence[tuple[str, Figures]]) -> Mapping[str, Figures]:
    sums: dict[str, Figures] = {}
    for slot, figures in rows:
        sums[slot] = sums.get(slot, Figures()) + figures
    return sums
