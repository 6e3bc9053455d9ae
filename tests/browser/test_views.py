"""The articles' counts in the page."""

import asyncpg
import pytest
import redis.asyncio
from playwright.async_api import expect

from adserver.counting.flush import flush_all
from tests.browser.pages import TOP, page
from tests.browser.reader import Reader

pytestmark = pytest.mark.browser

READ = """
insert into article_hourly (hour, site_id, article, views)
select date_trunc('hour', now(), 'UTC'), id, $1, $2 from site
"""

MOST_READ = '<ol data-most-read="24h"><li data-article="1">1</li><li data-article="2">2</li></ol>'


def asked_for_counts(reader: Reader) -> list[str]:
    """The addresses that counts alone are asked for at, from now on."""
    asked: list[str] = []
    reader.tab.on("request", lambda request: asked.append(request.url) if "/v1/views/" in request.url else None)
    return asked


async def test_count_reads_as_the_pages_language_writes_it(reader: Reader, connection: asyncpg.Connection) -> None:
    await connection.execute(READ, "42", 1234)
    await reader.visit(page('<span data-article-views="42"></span>'))
    await expect(reader.tab.locator("span")).to_have_text("1.234")


async def test_reader_sees_himself_counted(
    reader: Reader, connection: asyncpg.Connection, redis: redis.asyncio.Redis
) -> None:
    await connection.execute(READ, "42", 1233)
    async with reader.tab.expect_response("**/v1/events"):
        await reader.visit(page("<span data-article-views></span>", attributes='data-article="42"'))
    await expect(reader.tab.locator("span")).to_have_text("1.233")
    await flush_all(redis, connection)
    await expect(reader.tab.locator("span")).to_have_text("1.234", timeout=15_000)


async def test_counts_and_a_list_are_one_request(reader: Reader, connection: asyncpg.Connection) -> None:
    await connection.execute(READ, "2", 1234)
    asked = asked_for_counts(reader)
    await reader.visit(page(f'<span data-article-views="2"></span>{MOST_READ}'))
    await expect(reader.tab.locator("span")).to_have_text("1.234")
    await expect(reader.tab.locator("li")).to_have_text(["2", "1"])
    assert len(asked) == 1


@pytest.mark.usefixtures("ads_wait_for_counts")
async def test_counts_and_a_list_come_with_the_ads(reader: Reader, connection: asyncpg.Connection) -> None:
    await connection.execute(READ, "2", 1234)
    asked = asked_for_counts(reader)
    await reader.visit(page(f'<span data-article-views="2"></span>{MOST_READ}{TOP}'))
    await expect(reader.tab.locator("span")).to_have_text("1.234")
    await expect(reader.tab.locator("li")).to_have_text(["2", "1"])
    await expect(reader.tab.locator("[data-ad-slot] a")).to_have_count(1)
    assert (len(reader.asked), asked) == (1, [])


async def test_counts_come_where_ads_are_blocked(reader: Reader, connection: asyncpg.Connection) -> None:
    await connection.execute(READ, "2", 1234)
    await reader.tab.route("**/v1/ads?*", lambda route: route.abort())
    await reader.visit(page(f'<span data-article-views="2"></span>{TOP}'))
    await expect(reader.tab.locator("span")).to_have_text("1.234")


async def test_counts_come_where_ads_come_without(reader: Reader, connection: asyncpg.Connection) -> None:
    async with connection.transaction():
        await connection.execute("lock table article_hourly")
        await reader.visit(page(f'<span data-article-views="2"></span>{TOP}'))
        await expect(reader.tab.locator("[data-ad-slot] a")).to_have_count(1)
    await expect(reader.tab.locator("span")).to_have_text("0")


async def test_counts_of_a_list_are_one_request(reader: Reader, connection: asyncpg.Connection) -> None:
    await connection.execute(READ, "1", 1_000_000)
    asked = asked_for_counts(reader)
    await reader.visit(page("".join(f'<span data-article-views="{article}"></span>' for article in (1, 2, 1))))
    await expect(reader.tab.locator("span")).to_have_text(["1.000.000", "0", "1.000.000"])
    assert len(asked) == 1
