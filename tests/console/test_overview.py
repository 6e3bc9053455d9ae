import re

import asyncpg

from tests.console.conftest import STAFF, Browser, log_in


async def test_the_console_shows_todays_slots(people: asyncpg.Connection, open_browser: Browser) -> None:
    await people.execute("""
        insert into hourly (hour, slot_id, creative_id, requests, unfilled, impressions, viewable, clicks, invalid)
        values (date_trunc('hour', now(), 'UTC'), 2, 1, 1500, 0, 1000, 400, 5, 3),
               (date_trunc('hour', now(), 'UTC'), 2, 0, 500, 500, 0, 0, 0, 0)""")
    browser = open_browser()
    await log_in(browser, STAFF)
    page = (await browser.get("/console/")).text
    footer = re.search(r'<th scope="row"><a [^>]*>footer</a></th>(.*?)</tr>', page, re.DOTALL)
    assert footer
    assert re.findall(r">([^<>\s]+)</td>", footer[1]) == ["2,000", "75.0%", "1,000", "40.0%", "5", "0.50%", "3"]


async def test_the_last_hour_is_the_last_full_one(people: asyncpg.Connection, open_browser: Browser) -> None:
    await people.execute("""
        insert into hourly (hour, slot_id, creative_id, requests)
        values (date_trunc('hour', now() - interval '1 hour', 'UTC'), 2, 1, 321),
               (date_trunc('hour', now(), 'UTC'), 2, 1, 5)""")
    browser = open_browser()
    await log_in(browser, STAFF)
    assert "last hour: 321" in (await browser.get("/console/")).text


async def test_a_console_without_sites_says_how_to_begin(people: asyncpg.Connection, open_browser: Browser) -> None:
    await people.execute("update site set archived_at = now()")
    browser = open_browser()
    await log_in(browser, STAFF)
    assert "No sites yet" in (await browser.get("/console/")).text
