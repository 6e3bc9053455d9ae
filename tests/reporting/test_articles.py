from datetime import date

import asyncpg
import pytest

from adserver.reporting.articles import ArticleReach, Reading, most_read, reading

SITE, ZONE = 1, "Europe/Istanbul"
DAY23, DAY24 = date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture
async def read(stocked: asyncpg.Connection) -> asyncpg.Connection:
    """Views around midnight in Istanbul (21:00 UTC), and one of another site."""
    await stocked.execute("""
        insert into article_hourly (hour, site_id, article, views) values
            ('2026-11-23 20:00Z', 1, 'a', 5), ('2026-11-23 21:00Z', 1, 'a', 2), ('2026-11-23 21:00Z', 1, 'b', 4),
            ('2026-11-24 21:00Z', 1, 'b', 90), ('2026-11-23 21:00Z', 2, 'c', 8)""")
    await stocked.execute("""
        insert into article_daily (day, site_id, article, readers) values
            ('2026-11-23', 1, 'a', 4), ('2026-11-24', 1, 'a', 2), ('2026-11-24', 1, 'b', 3), ('2026-11-25', 1, 'b', 70)
    """)
    return stocked


async def test_views_add_up_and_readers_are_those_of_the_best_day(read: asyncpg.Connection) -> None:
    found = await most_read(read, SITE, DAY23, DAY24, ZONE, limit=10)
    assert found == [ArticleReach("a", 7, 4), ArticleReach("b", 4, 3)]


async def test_days_of_articles_are_days_of_the_sites_zone(read: asyncpg.Connection) -> None:
    assert await most_read(read, SITE, DAY24, DAY24, ZONE, limit=10) == [
        ArticleReach("b", 4, 3),
        ArticleReach("a", 2, 2),
    ]


async def test_only_the_most_read_are_listed_and_all_are_added_up(read: asyncpg.Connection) -> None:
    assert await most_read(read, SITE, DAY23, DAY24, ZONE, limit=1) == [ArticleReach("a", 7, 4)]
    assert await reading(read, SITE, DAY23, DAY24, ZONE) == Reading(views=11, articles=2)


async def test_readers_that_were_not_estimated_are_unknown(read: asyncpg.Connection) -> None:
    await read.execute("delete from article_daily")
    assert await most_read(read, SITE, DAY24, DAY24, ZONE, limit=1) == [ArticleReach("b", 4, None)]


async def test_a_site_that_was_not_read_has_nothing(stocked: asyncpg.Connection) -> None:
    assert await most_read(stocked, SITE, DAY23, DAY24, ZONE, limit=10) == []
    assert await reading(stocked, SITE, DAY23, DAY24, ZONE) == Reading(views=0, articles=0)
