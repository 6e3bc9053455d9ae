"""How often articles were read: a memory over Postgres, a second old at most while that answers."""

import asyncio
import time
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
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


class Top(NamedTuple):
    """Which are most read: in the last `hours`, the first `limit`."""

    hours: int
    limit: int


class TopKey(NamedTuple):
    site_id: int
    top: Top


class ViewCount(NamedTuple):
    article: str
    views: int


class _Entry(NamedTuple):
    read_at: float
    counts: tuple[ViewCount, ...]


class ViewCounts:
    """Counts read from Postgres at most once a second, of the articles that are asked for.

    All that is asked for while Postgres is read is read next, together. The least lately read go first. While Postgres
    is away the last known counts are answered. Who asks may give up waiting: what is being read is kept for others.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._entries: OrderedDict[ArticleKey | TopKey, _Entry] = OrderedDict()
        self._wanted: dict[ArticleKey | TopKey, None] = {}
        self._reading: asyncio.Task[Exception | None] | None = None

    async def of_articles(self, site_id: int, articles: Sequence[str]) -> list[ViewCount]:
        """Return each article's views, 0 where there are none. Raises one of POSTGRES_FAILURES where none is known."""
        counts, _ = await self.of_page(site_id, articles, None)
        return counts

    async def top(self, site_id: int, top: Top) -> Sequence[ViewCount]:
        """Return the most read articles, the most read first. Raises like `of_articles`."""
        _, counts = await self.of_page(site_id, (), top)
        return counts

    async def of_page(
        self, site_id: int, articles: Sequence[str], top: Top | None
    ) -> tuple[list[ViewCount], Sequence[ViewCount]]:
        """Return what `of_articles` and `top` do; of no `top`, none. Raises like `of_articles`."""
        of_articles = [ArticleKey(site_id, article) for article in dict.fromkeys(articles)]
        of_top = [] if top is None else [TopKey(site_id, top)]
        entries = await self._entries_of([*of_articles, *of_top])
        listed = entries.pop().counts if of_top else ()
        return [entry.counts[0] for entry in entries], listed

    async def _entries_of(self, keys: Sequence[ArticleKey | TopKey]) -> list[_Entry]:
        while stale := self._stale(keys):
            if len(self._wanted) < CACHE_ENTRIES:
                self._wanted.update(dict.fromkeys(stale))
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read_wanted())
            fault = await asyncio.shield(self._reading)
            if fault is not None:
                if any(key not in self._entries for key in keys):
                    raise fault
                break
        entries = [self._entries[key] for key in keys]
        while len(self._entries) > CACHE_ENTRIES:
            self._entries.popitem(last=False)
        return entries

    def _stale(self, keys: Sequence[ArticleKey | TopKey]) -> list[ArticleKey | TopKey]:
        oldest = time.monotonic() - FRESH_SECONDS
        return [key for key in keys if (entry := self._entries.get(key)) is None or entry.read_at < oldest]

    async def _read_wanted(self) -> Exception | None:
        """Read what is wanted; return why it could not be read."""
        wanted, self._wanted = self._wanted, {}
        try:
            await self._read(wanted)
        except POSTGRES_FAILURES as fault:
            return fault
        return None

    async def _read(self, keys: Iterable[ArticleKey | TopKey]) -> None:
        articles: defaultdict[int, list[ArticleKey]] = defaultdict(list)
        tops = []
        for key in keys:
            if isinstance(key, ArticleKey):
                articles[key.site_id].append(key)
            else:
                tops.append(key)
        for site_id, of_site in articles.items():
            rows = await self._pool.fetch(ARTICLES, site_id, [key.article for key in of_site])
            views = {row["article"]: row["views"] for row in rows}
            for key in of_site:
                self._keep(key, [ViewCount(key.article, views.get(key.article, 0))])
        for key in tops:
            rows = await self._pool.fetch(TOP, key.site_id, *key.top)
            self._keep(key, [ViewCount(row["article"], row["views"]) for row in rows])

    def _keep(self, key: ArticleKey | TopKey, counts: Sequence[ViewCount]) -> None:
        self._entries[key] = _Entry(time.monotonic(), tuple(counts))
        self._entries.move_to_end(key)
