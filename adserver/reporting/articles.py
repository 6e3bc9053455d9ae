"""How often articles were read, and by how many."""

from dataclasses import dataclass
from datetime import date

from adserver.reporting.scope import Connection


@dataclass(frozen=True, slots=True)
class ArticleReach:
    """Views add up over days. Readers are told apart within a day only, so theirs are those of the best day; None
    where no day's were estimated."""

    article: str
    views: int
    readers: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """All views of a site's articles, and how many articles had some."""

    views: int
    articles: int


_HOURS = """
from article_hourly
where site_id = $1 and hour >= $2::date::timestamp at time zone $4 and hour < ($3::date + 1)::timestamp at time zone $4
"""
_MOST_READ = f"""
with viewed as (
    select article, sum(views)::bigint as views {_HOURS}
    group by article order by views desc, article limit $5
)
select article, views, (
    select max(readers) from article_daily
    where site_id = $1 and article_daily.article = viewed.article and day between $2 and $3) as readers
from viewed order by views desc, article
"""  # noqa: S608 - constants only
_READING = f"select coalesce(sum(views), 0)::bigint as views, count(distinct article) as articles {_HOURS}"


async def most_read(
    connection: Connection, site_id: int, first: date, last: date, timezone: str, limit: int
) -> list[ArticleReach]:
    """Return the site's most viewed articles of its days from first to last, the most viewed first."""
    rows = await connection.fetch(_MOST_READ, site_id, first, last, timezone, limit)
    return [ArticleReach(row["article"], row["views"], row["readers"]) for row in rows]


async def reading(connection: Connection, site_id: int, first: date, last: date, timezone: str) -> Reading:
    """Return the views of all the site's articles on its days from first to last."""
    row = await connection.fetchrow(_READING, site_id, first, last, timezone)
    assert row is not None  # noqa: S101 - an aggregate has a row
    return Reading(row["views"], row["articles"])
