"""`/reports/{campaign}`: one campaign's report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.responses import Response

from adserver.console.campaigns import CampaignLine, Standing, first_day_counted, list_campaigns, standings
from adserver.console.chart import Chart, bar_chart
from adserver.console.creatives import CreativeView, list_creatives
from adserver.console.notes import report_notes
from adserver.console.period import Period, Range, choose_period
from adserver.console.visit import Visit
from adserver.console.words import Words
from adserver.reporting.figures import Figures
from adserver.reporting.query import Dimension, ReportQuery
from adserver.reporting.report import InvalidEvents, Report, invalid_events, report, unseen_clicks
from adserver.reporting.scope import Connection

_CITIES_SHOWN = 10
_SLOT_NAMES = """
select site.key || '/' || slot.name as key, site.name as site, slot.name, slot.label
from slot join site on site.id = site_id where site.key || '/' || slot.name = any($1)
"""


class Split(NamedTuple):
    """A line of a table: what it is called, a second line under that, and its figures."""

    name: str
    detail: str
    figures: Figures


class Step(NamedTuple):
    """A bar of the chart: its name in full, the label below it, and its figures."""

    name: str
    label: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """All that the page shows; `totals` are of the period, `standing` of the campaign's whole time."""

    standing: Standing
    period: Period
    totals: Figures
    unseen_clicks: int
    steps: Sequence[Step]
    impressions_chart: Chart
    clicks_chart: Chart
    slots: Sequence[Split]
    creatives: Sequence[tuple[CreativeView, Figures]]
    devices: Sequence[Split]
    cities: Sequence[Split]
    invalid: Sequence[InvalidEvents]
    notes: Sequence[str]


async def campaign_page(visit: Visit) -> Response:
    """Show a campaign's report; 404 where the account may not see it, as where it does not exist."""
    async with visit.pool.acquire() as connection:
        campaign = await campaign_of(visit, connection)
        period = await period_of(visit, connection, campaign)
        shown = await _read(visit, connection, campaign, period)
    return visit.page("campaign.html", shown=shown, campaign=campaign, ranges=Range)


async def campaign_of(visit: Visit, connection: Connection) -> CampaignLine:
    """Return the campaign that the address names. Raises HTTPException 404."""
    advertiser = visit.account.advertiser if visit.account else None
    found = await list_campaigns(connection, visit.now, advertiser, [visit.request.path_params["campaign"]])
    if not found:
        raise HTTPException(404)
    return found[0]


async def period_of(visit: Visit, connection: Connection, campaign: CampaignLine) -> Period:
    """Return the days that the address asks for, of the campaign's own zone."""
    today = visit.now.astimezone(ZoneInfo(campaign.timezone)).date()
    counted_from = await first_day_counted(connection, campaign)
    begin = min(filter(None, (campaign.first_day, counted_from)), default=today)
    return choose_period(visit.request.query_params, today, min(begin, today), campaign.last_day or today)


async def _read(visit: Visit, connection: Connection, campaign: CampaignLine, period: Period) -> CampaignReport:
    async def by(*dimensions: Dimension) -> Report:
        return await report(connection, ReportQuery(period.first, period.last, dimensions, campaign=campaign.key))

    by_step, by_slot = await by(period.step), await by(Dimension.SLOT)
    by_creative, by_device, by_city = await by(Dimension.CREATIVE), await by(Dimension.DEVICE), await by(Dimension.CITY)
    whole = await standings(connection, [campaign], visit.now)
    steps = _steps(visit.words, period, _figures(by_step))
    return CampaignReport(
        standing=whole[0],
        period=period,
        totals=by_step.totals,
        unseen_clicks=await unseen_clicks(connection, by_step.query),
        steps=steps,
        impressions_chart=bar_chart([(step.figures.impressions, step.figures.viewable) for step in steps]),
        clicks_chart=bar_chart([(step.figures.clicks, step.figures.clicks) for step in steps]),
        slots=await _slots(connection, by_slot),
        creatives=_creatives(await list_creatives(connection, campaign), _figures(by_creative), campaign),
        devices=_most_first(Split(name, "", figures) for name, figures in _figures(by_device).items()),
        cities=_cities(by_city),
        invalid=await invalid_events(connection, by_step.query),
        notes=report_notes(visit.words, by_step),
    )


def _figures(answer: Report) -> Mapping[str, Figures]:
    return {row.keys[0] or "": row.figures for row in answer.rows}


def _steps(words: Words, period: Period, figures: Mapping[str, Figures]) -> list[Step]:
    def step(day: date) -> Step:
        if period.step is Dimension.MONTH:
            return Step(words.month(day), words.month(day), figures.get(f"{day:%Y-%m}", Figures()))
        return Step(words.day(day), words.short_day(day), figures.get(day.isoformat(), Figures()))

    return [step(day) for day in period.steps()]


async def _slots(connection: Connection, answer: Report) -> list[Split]:
    figures = _figures(answer)
    rows = await connection.fetch(_SLOT_NAMES, list(figures))
    has_one_site = len({row["site"] for row in rows}) == 1
    return _most_first(
        Split(row["name"], row["label"] if has_one_site else f"{row['site']} · {row['label']}", figures[row["key"]])
        for row in rows
    )


def _creatives(
    views: Sequence[CreativeView], figures: Mapping[str, Figures], campaign: CampaignLine
) -> list[tuple[CreativeView, Figures]]:
    pairs = [(view, figures.get(f"{campaign.key}/{view.key}", Figures())) for view in views]
    return sorted(
        (pair for pair in pairs if pair[0].is_current or pair[1] != Figures()), key=lambda p: -p[1].impressions
    )


def _cities(answer: Report) -> list[Split]:
    """Return the cities with most impressions, then the others together under no name; none where none is known."""
    found = _most_first(Split(name, "", figures) for name, figures in _figures(answer).items())
    if all(not split.name for split in found):
        return []
    known = [split for split in found if split.name]
    rest = [split for split in found if not split.name] + known[_CITIES_SHOWN:]
    others = sum((split.figures for split in rest), Figures())
    return known[:_CITIES_SHOWN] + ([Split("", "", others)] if others != Figures() else [])


def _most_first(splits: Iterable[Split]) -> list[Split]:
    return sorted(splits, key=lambda split: (-split.figures.impressions, split.name))
