"""The report: figures of days, split as asked, with what a reader must know to trust them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

import asyncpg

from adserver.reporting import statements
from adserver.reporting.figures import Figures
from adserver.reporting.flat import Cell, FlatPrice, flat_spend
from adserver.reporting.query import Dimension, ReportQuery
from adserver.reporting.scope import Connection, Scope, find_scope

CURRENCY = "currency"


class Row(NamedTuple):
    """`keys` stand in the order of the report's columns; None is what belongs to no campaign."""

    keys: tuple[str | None, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """Rows sorted by key. `columns` are the dimensions asked for, then "currency" where the campaigns have several.

    `totals.spend_micros` adds up one currency; where there are several, read `spend_by_currency`. `zones` are those
    whose days these are. `counted_until` is when figures were last added, None before the first. `refreshed` of the
    impressions came when a slot changed its ad by itself.
    """

    query: ReportQuery
    columns: tuple[str, ...]
    rows: Sequence[Row]
    totals: Figures
    spend_by_currency: Mapping[str, int]
    zones: tuple[str, ...]
    counted_until: datetime | None
    refreshed: int = 0


class InvalidEvents(NamedTuple):
    """How many events of a kind ("impression") were refused for a reason ("declared_bot")."""

    kind: str
    reason: str
    events: int


_Split = dict[tuple[tuple[str | None, ...], str | None], Figures]


async def report(connection: Connection, query: ReportQuery) -> Report:
    """Answer the query from one snapshot, so not within a transaction. Raises QueryError for an unknown key."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        scope = await find_scope(connection, query)
        split = await _counted(connection, query, scope)
        for key, figures in await _earned_flat(connection, query, scope):
            split[key] = split.get(key, Figures()) + figures
        zones = await connection.fetch(statements.ZONES, scope.slots, scope.creatives)
        counted_until: datetime | None = await connection.fetchval(statements.FLUSHED_AT)
        refreshed = await refreshed_impressions(connection, query)
    answer = _put_together(query, split, tuple(zone["timezone"] for zone in zones), counted_until)
    return replace(answer, refreshed=refreshed)


async def invalid_events(connection: Connection, query: ReportQuery) -> list[InvalidEvents]:
    """Return the refused events of the query's days by kind and reason, most first; its dimensions play no part."""
    scope = await find_scope(connection, query)
    rows = await connection.fetch(statements.INVALID, query.first, query.last, scope.slots, scope.creatives)
    return [InvalidEvents(row["kind"], row["reason"], row["events"]) for row in rows]


async def unseen_clicks(connection: Connection, query: ReportQuery) -> int:
    """Return how many of the clicks were counted although their impression had not been reported before: such clicks
    hint at fakes."""
    scope = await find_scope(connection, query)
    return int(
        await connection.fetchval(statements.UNSEEN_CLICKS, query.first, query.last, scope.slots, scope.creatives)
    )


async def refreshed_impressions(connection: Connection, query: ReportQuery) -> int:
    """Return how many of the impressions a slot showed when it changed its ad by itself."""
    scope = await find_scope(connection, query)
    return int(await connection.fetchval(statements.REFRESHED, query.first, query.last, scope.slots, scope.creatives))


async def _counted(connection: Connection, query: ReportQuery, scope: Scope) -> _Split:
    rows = await connection.fetch(
        statements.FIGURES, list(query.by), query.first, query.last, scope.slots, scope.creatives, query.needs_daily
    )
    columns = ("requests", "unfilled", "impressions", "viewable", "clicks", "invalid", "spend_micros")
    return {_key(row, query): Figures(*(row[column] for column in columns)) for row in rows}


async def _earned_flat(
    connection: Connection, query: ReportQuery, scope: Scope
) -> list[tuple[tuple[tuple[str | None, ...], str | None], Figures]]:
    campaigns = await connection.fetch(statements.FLAT_CAMPAIGNS, scope.creatives, query.first, query.last)
    if not campaigns:
        return []
    creatives = [creative for campaign in campaigns for creative in campaign["creatives"]]
    cells = await connection.fetch(
        statements.FLAT_CELLS,
        *(list(query.by), date.min, query.last, None, creatives, query.needs_daily, query.first, scope.slots),
    )
    of_campaign = {key: list(group) for key, group in groupby(cells, lambda cell: cell["campaign_id"])}
    return [
        (_key(cell, query), Figures(spend_micros=spend))
        for campaign in campaigns
        for cell, spend in _spends(campaign, of_campaign.get(campaign["id"], []))
        if cell["asked"]
    ]


def _spends(campaign: asyncpg.Record, records: list[asyncpg.Record]) -> Iterable[tuple[asyncpg.Record, int]]:
    """Pair each cell with what it earns. A campaign without an end earns its price on its first day."""
    cells = [Cell(record["cell_day"], record["impressions"]) for record in records]
    first = campaign["first"] or next((cell.day for cell in cells if cell.impressions), date.max)
    days = (campaign["last"] - first).days + 1 if campaign["last"] else 1
    return zip(records, flat_spend(FlatPrice(campaign["micros"], first, max(days, 1)), cells), strict=True)


def _key(row: asyncpg.Record, query: ReportQuery) -> tuple[tuple[str | None, ...], str | None]:
    def text(dimension: Dimension) -> str | None:
        value = row[dimension]
        if dimension is Dimension.HOUR:
            return str(value.astimezone(ZoneInfo(row["timezone"])).isoformat())
        return None if value is None else str(value)

    return tuple(text(dimension) for dimension in query.by), row[CURRENCY]


def _put_together(query: ReportQuery, split: _Split, zones: tuple[str, ...], counted_until: datetime | None) -> Report:
    spend: dict[str, int] = defaultdict(int)
    for (_, currency), figures in split.items():
        if currency is not None:
            spend[currency] += figures.spend_micros
    is_mixed = len(spend) > 1
    rows: dict[tuple[str | None, ...], Figures] = {}
    for (keys, currency), figures in split.items():
        keys = (*keys, currency) if is_mixed else keys
        rows[keys] = rows.get(keys, Figures()) + figures
    totals = sum(rows.values(), Figures())
    return Report(
        query=query,
        columns=(*query.by, CURRENCY) if is_mixed else tuple(query.by),
        rows=[Row(keys, rows[keys]) for keys in sorted(rows, key=_nones_last)],
        totals=replace(totals, spend_micros=0) if is_mixed else totals,
        spend_by_currency=dict(sorted(spend.items())),
        zones=zones,
        counted_until=counted_until,
    )


def _nones_last(keys: tuple[str | None, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((key is None, key or "") for key in keys)
