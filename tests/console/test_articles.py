import asyncpg
import httpx2
import pytest

from tests.console.conftest import STAFF, ZEYTIN, Browser, log_in
from tests.console.test_reports import cells


@pytest.fixture
async def staff(people: asyncpg.Connection, open_browser: Browser) -> httpx2.AsyncClient:
    """A browser in which somebody of the publisher is logged in; articles were read now and three days ago."""
    await people.execute("""
        insert into article_hourly (hour, site_id, article, views)
        select date_trunc('hour', now() - ago, 'UTC'), 1, article, views
        from (values (interval '0', 'a', 1234), ('3 days', 'a', 6), ('3 days', 'b', 2000)) read (ago, article, views)
    """)
    await people.execute("""
        insert into article_daily (day, site_id, article, readers)
        select (now() at time zone 'Europe/Istanbul')::date - ago, 1, article, readers
        from (values (0, 'a', 1100), (3, 'a', 5), (3, 'b', 1900)) read (ago, article, readers)""")
    browser = open_browser()
    await log_in(browser, STAFF)
    return browser


async def test_todays_articles_have_views_and_readers(staff: httpx2.AsyncClient) -> None:
    page = (await staff.get("/console/articles")).text
    assert cells(page, "a") == ["1,234", "1,100"]
    assert "1,234 views of 1 articles" in page
    assert '<th scope="row">b</th>' not in page


async def test_a_weeks_views_add_up_and_its_readers_do_not(staff: httpx2.AsyncClient) -> None:
    page = (await staff.get("/console/articles?days=7")).text
    assert cells(page, "b") == ["2,000", "1,900"]
    assert cells(page, "a") == ["1,240", "1,100"]
    assert page.index('<th scope="row">b</th>') < page.index('<th scope="row">a</th>')
    assert "the readers of several days cannot be added up" in page


async def test_the_page_of_articles_reads_well_in_turkish(staff: httpx2.AsyncClient) -> None:
    page = (await staff.get("/console/articles?days=7&lang=tr")).text
    assert "farklı günlerin okurları toplanamaz" in page
    assert cells(page, "b") == ["2.000", "1.900"]


async def test_a_site_that_nobody_read_is_told_so(staff: httpx2.AsyncClient) -> None:
    assert "No article has been read in this period." in (await staff.get("/console/articles")).text


async def test_an_advertiser_may_not_see_the_articles(people: asyncpg.Connection, open_browser: Browser) -> None:
    browser = open_browser()
    await log_in(browser, ZEYTIN)
    assert (await browser.get("/console/articles")).status_code == 403
