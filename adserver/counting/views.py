"""How often articles were read: a memory over Postgres, a second old at most while that answers."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from adserver.connections import POSTGRES_FAILURES, Pool

FRESH_SECONDS = 1.0
CACHE_ENTRIES = 50_000

ARTICLES = """
select article, sum(views)::bigint as views from article_hourly
where site_id = $1 and article = any($2::text[]) group by article
"""

TOP = """
select article, sum(views)::bigint as views from article_hourly
where site_id = $1 and hour > now() - make_interval(hours => $2)
group by article order by views desc, article limit $3
"""


class ArticleKey(NamedTuple):
    site_id: int
    article: str


class TopKey(NamedTuple):
    site_id: int
    hours: int
    limit: int


class ViewCount(NamedTuple):
    article: str
    views: int


class _Entry(NamedTuple):
    read_at: float
    counts: tuple[ViewCount, ...]


class ViewCounts:
    """Counts read from Postgres at most once a second, of the articles that are asked for.

    The least lately asked go first. While Postgres is away the last known counts are answered.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._entries: OrderedDict[ArticleKey | TopKey, _Entry] = OrderedDict()
        self._reading = asyncio.Lock()

    async def of_articles(self, site_id: int, articles: Sequence[str]) -> list[ViewCount]:
        """Return each article's views, 0 where there are none. Raises one of POSTGRES_FAILURES where none is known."""
        keys = [ArticleKey(site_id, article) for article in dict.fromkeys(articles)]
        entries = await self._entries_of(keys)
        return [entry.counts[0] for entry in entries]

    async def top(self, site_id: int, hours: int, limit: int) -> Sequence[ViewCount]:
        """Return the most read articles of the last hours, the most read first. Raises like `of_articles`."""
        [entry] = await self._entries_of([TopKey(site_id, hours, limit)])
        return entry.counts

    async def _entries_of(self, keys: Sequence[ArticleKey] | Sequence[TopKey]) -> list[_Entry]:
        if self._stale(keys):
            async with self._reading:
                try:
                    await self._refresh(self._stale(keys))
                except POSTGRES_FAILURES:
                    if any(key not in self._entries for key in keys):
                        raise
        entries = [self._entries[key] for key in keys]
        while len(self._entries) > CACHE_ENTRIES:
            self._entries.popitem(last=False)
        return entries

    def _stale(self, keys: Sequence[ArticleKey] | Sequence[TopKey]) -> list[ArticleKey | TopKey]:
        oldest = time.monotonic() - FRESH_SECONDS
        return [key for key in keys if (entry := self._entries.get(key)) is None or entry.read_at < oldest]

    async def _refresh(self, keys: Sequence[ArticleKey | TopKey]) -> None:
        articles = [key for key in keys if isinstance(key, ArticleKey)]
        if articles:
            rows = await self._pool.fetch(ARTICLES, articles[0].site_id, [key.article for key in articles])
            views = {row["article"]: row["views"] for row in rows}
            for key in articles:
                self._keep(key, [ViewCount(key.article, views.get(key.article, 0))])
        for top in (key for key in keys if isinstance(key, TopKey)):
            rows = await self._pool.fetch(TOP, *top)
            self._keep(top, [ViewCount(row["article"], row["views"]) for row in rows])

    def _keep(self, key: ArticleKey | TopKey, counts: Sequence[ViewCount]) -> None:
        self._entries[key] = _Entry(time.monotonic(), tuple(counts))
        self._entries.move_to_end(key)
