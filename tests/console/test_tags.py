import asyncio
import html
import re
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx2
import pytest
import uvicorn
from playwright.async_api import Browser as Chromium
from playwright.async_api import expect
from starlette.applications import Starlette

from adserver.console.snippets import Way
from adserver.console.tags import WAYS, WHERES, Where
from tests.browser.conftest import Web
from tests.browsing import leave
from tests.console.conftest import PASSWORD, STAFF, ZEYTIN, Browser, log_in

SLOT = '<div data-ad-slot="top"></div>'


@pytest.fixture
async def staff(people: asyncpg.Connection, open_browser: Browser) -> httpx2.AsyncClient:
    browser = open_browser()
    await log_in(browser, STAFF)
    return browser


def codes(page: str) -> dict[str, str]:
    """The texts to copy, by their ids."""
    found = re.findall(r'<code id="([a-z-]+)" translate="no">(.*?)</code>', page, re.DOTALL)
    return {name: html.unescape(text) for name, text in found}


async def test_the_page_has_each_way_to_place_the_first_slot(staff: httpx2.AsyncClient) -> None:
    page = (await staff.get("/console/tags")).text
    texts = codes(page)
    assert texts["html-place"] == SLOT
    assert 'src="http://ads.example/tag.js" data-site="haber"' in texts["html-head"]
    assert {name.rpartition("-")[0] for name in texts} == set(Way)
    assert all(f'data-copy="{name}"' in page for name in texts)


async def test_each_slot_of_each_site_can_be_chosen(staff: httpx2.AsyncClient) -> None:
    page = (await staff.get("/console/tags?site=haber&slot=footer")).text
    assert codes(page)["html-place"] == '<div data-ad-slot="footer"></div>'
    assert '<a href="?site=haber&amp;slot=top">top</a>' in page
    assert '<a href="?site=haber&amp;slot=footer" aria-current="true">footer</a>' in page
    news = (await staff.get("/console/tags?site=news")).text
    assert 'data-site="news"' in codes(news)["html-head"]


async def test_what_is_not_there_is_not_found(staff: httpx2.AsyncClient) -> None:
    for query in ("site=none", "site=haber&slot=none", "site=news&slot=footer"):
        assert (await staff.get(f"/console/tags?{query}")).status_code == 404, query


async def test_an_automatic_slot_needs_no_element(staff: httpx2.AsyncClient, people: asyncpg.Connection) -> None:
    note = "puts this slot into articles by itself"
    assert note not in (await staff.get("/console/tags")).text
    await people.execute("""update slot set placement = '{"after_paragraph": 2}'""")
    assert note in (await staff.get("/console/tags")).text


async def test_slot_without_a_label_of_its_own_is_called_what_readers_see(
    staff: httpx2.AsyncClient, people: asyncpg.Connection
) -> None:
    before = codes((await staff.get("/console/tags")).text)
    await people.execute("update slot set label = ''")
    after = codes((await staff.get("/console/tags")).text)
    assert "<small>REKLAM</small>" in after["mail-place"]
    assert re.findall("height.*", after["frame-place"]) == re.findall("height.*", before["frame-place"])


async def test_a_console_without_sites_or_slots_says_how_to_begin(
    staff: httpx2.AsyncClient, people: asyncpg.Connection
) -> None:
    await people.execute("update slot set archived_at = now()")
    assert "Haber has no ad slots." in (await staff.get("/console/tags")).text
    await people.execute("update site set archived_at = now()")
    assert "No sites yet" in (await staff.get("/console/tags")).text


async def test_the_page_of_tags_reads_well_in_turkish(staff: httpx2.AsyncClient) -> None:
    page = (await staff.get("/console/tags?lang=tr")).text
    assert "<h1>Reklam kodları</h1>" in page
    assert "Reklamın görüneceği yere" in page
    assert codes(page)["html-place"] == SLOT


async def test_the_overview_leads_to_a_slots_tags(staff: httpx2.AsyncClient) -> None:
    assert 'href="/console/tags?site=haber&amp;slot=footer"' in (await staff.get("/console/")).text


async def test_an_advertiser_may_not_see_the_tags(people: asyncpg.Connection, open_browser: Browser) -> None:
    browser = open_browser()
    await log_in(browser, ZEYTIN)
    assert (await browser.get("/console/tags")).status_code == 403
    assert "/console/tags" not in (await browser.get("/reports/")).text


async def test_only_pages_with_a_script_of_ours_may_run_it(staff: httpx2.AsyncClient) -> None:
    policies = [(await staff.get(path)).headers["content-security-policy"] for path in ("/console/tags", "/console/")]
    assert ["script-src 'self'" in policy for policy in policies] == [True, False]
    assert all("unsafe" not in policy and "default-src 'none'" in policy for policy in policies)


def test_every_way_is_explained() -> None:
    assert WAYS.keys() == set(Way)
    assert WHERES.keys() == set(Where)


@pytest.fixture
async def console(app: Starlette) -> AsyncIterator[str]:
    """The console's address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        web = Web(uvicorn.Config(app, lifespan="off", ws="none", access_log=False, log_level="warning"))
        serving = asyncio.create_task(web.serve([listener]))
        yield f"http://localhost:{listener.getsockname()[1]}"
        web.should_exit = True
        await serving


@pytest.mark.browser
@pytest.mark.parametrize(
    ("way", "text", "has_clipboard"),
    [
        pytest.param("HTML", SLOT, True, id="clipboard"),
        pytest.param("WordPress", '[adserver_slot name="top"]', False, id="no clipboard"),
    ],
)
async def test_a_text_is_copied_by_keyboard(
    people: asyncpg.Connection, console: str, chromium: Chromium, way: str, text: str, has_clipboard: bool
) -> None:
    context = await chromium.new_context(locale="en")
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    await page.clock.install()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    if not has_clipboard:
        # As on a page without https.
        await page.add_init_script("Clipboard.prototype.writeText = () => Promise.reject(new Error('closed'))")
    await page.goto(f"{console}/login?next=/console/tags")
    await page.get_by_label("E-mail").fill(STAFF)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    button = page.get_by_role("button", name=f"Copy {way} Where the ad is to appear")
    await expect(button).to_be_visible()
    # The word is taken back by a timer, and a tab that is not in front may not write to the clipboard.
    await page.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))
    await page.bring_to_front()
    await button.focus()
    copied = page.get_by_role("button", name=f"Copied {way} Where")
    for _ in range(5):
        # Headless chromium now and then leaves a write to the clipboard without an answer.
        await page.keyboard.press("Enter")
        with suppress(AssertionError):
            await expect(copied).to_be_focused(timeout=1_000)
            break
    await expect(copied).to_be_focused()
    assert await page.evaluate("navigator.clipboard.readText()") == text
    await page.clock.run_for(2000)
    await expect(button).to_have_text("Copy")
    assert faults == []
    await leave(context)
