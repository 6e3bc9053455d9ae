"""Which slots and creatives a query is about."""

from dataclasses import dataclass

import asyncpg

from adserver.reporting.query import QueryError, ReportQuery
from adserver.reporting.statements import ADVERTISER_CREATIVES, CAMPAIGN_CREATIVES, CAMPAIGNS_CREATIVES, SITE_SLOTS

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


@dataclass(frozen=True, slots=True)
class Scope:
    """Ids; None is all, and includes what belongs to no creative."""

    slots: list[int] | None
    creatives: list[int] | None


async def find_scope(connection: Connection, query: ReportQuery) -> Scope:
    """Look the query's keys up, archived ones too. Raises QueryError for a key that never was."""
    slots = await _ids(connection, SITE_SLOTS, "site", query.site)
    asked = [
        await _ids(connection, CAMPAIGN_CREATIVES, "campaign", query.campaign),
        await _ids(connection, ADVERTISER_CREATIVES, "advertiser", query.advertiser),
        None if query.campaigns is None else await connection.fetchval(CAMPAIGNS_CREATIVES, list(query.campaigns)),
    ]
    narrowed = [set(ids) for ids in asked if ids is not None]
    return Scope(slots, sorted(set.intersection(*narrowed)) if narrowed else None)


async def _ids(connection: Connection, statement: str, word: str, key: str | None) -> list[int] | None:
    if key is None:
        return None
    # A NUL, which Postgres takes in no text, is in no key.
    ids: list[int] | None = None if "\0" in key else await connection.fetchval(statement, key)
    if ids is None:
        raise QueryError(f"there is no {word} {key!r}")
    return ids
