"""`/console/articles`: the sites' most read articles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import asyncpg
from starlette.responses import Response

from adserver.console.visit import Visit
from adserver.reporting.articles import ArticleReach, Reading, most_read, reading
from adserver.reporting.scope import Connection

_ARTICLES_SHOWN = 50
_WEEK_DAYS = 7
_SITES = "select id, name, timezone from site where archived_at is null order by name, key"


@dataclass(frozen=True, slots=True)
class SiteArticles:
    """A site's most read articles, and all its reading, of its own days."""

    name: str
    timezone: str
    whole: Reading
    articles: Sequence[ArticleReach]


async def articles(visit: Visit) -> Response:
    """Show what was read today, or with `?days=7` within a week."""
    days = _WEEK_DAYS if visit.request.query_params.get("days") == str(_WEEK_DAYS) else 1
    async with visit.pool.acquire() as connection:
        sites = [await _site(connection, visit, site, days) for site in await connection.fetch(_SITES)]
    return visit.page("articles.html", sites=sites, days=days)


async def _site(connection: Connection, visit: Visit, site: asyncpg.Record, days: int) -> SiteArticles:
    today = visit.now.astimezone(ZoneInfo(site["timezone"])).date()
    first = today - timedelta(days=days - 1)
    asked = (site["id"], first, today, site["timezone"])
    found = await most_read(connection, *asked, limit=_ARTICLES_SHOWN)
    return SiteArticles(site["name"], site["timezone"], await reading(connection, *asked), found)
