"""Creatives that mean harm, pages that allow little, and pages that are in the way."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import LiveServer, Stored
from tests.browser.pages import IN_ARTICLE, RECORD_EVENTS, STYLE, TOP, page, tag
from tests.browser.reader import Reader
from tests.browser.test_events import Until

pytestmark = pytest.mark.browser

LISTEN = "window.told = []; addEventListener('message', event => { told.push(event.data); })"
SHOW = "addEventListener('message', event => { document.title = event.data; })"
STRICT = "default-src 'none'; base-uri 'none'; connect-src {ads}; img-src {ads}; style-src {ads}; "


@pytest.mark.parametrize(
    "attributes", [pytest.param("", id="in the page"), pytest.param("data-frames", id="by address")]
)
async def test_hostile_creative_reaches_nothing(reader: Reader, attributes: str, until_stored: Until) -> None:
    await reader.tab.add_init_script(LISTEN)
    await reader.visit(page(f"<p>Haber</p>{IN_ARTICLE}", attributes=f'data-kv-show="hostile" {attributes}'))
    await reader.tab.wait_for_function("told.includes('wrote')")
    assert await reader.tab.evaluate("told[0]") == {
        "navigate": "SecurityError",
        "read": "SecurityError",
        "cookie": "SecurityError",
        "storage": "SecurityError",
        "open": "nothing",
        "frame": "TypeError",
    }
    assert await reader.tab.title() == "Haber"
    assert await reader.tab.locator("p").inner_text() == "Haber"
    assert "taken over" not in await reader.tab.locator("body").inner_text()
    assert len(reader.tab.context.pages) == 1
    await until_stored(Stored(impressions=1, viewable=1))


async def test_creatives_address_gives_its_scripts_no_origin(reader: Reader, live_server: LiveServer) -> None:
    await reader.visit(page(IN_ARTICLE, attributes='data-kv-show="intruder" data-frames'))
    await reader.until_reported("impression")
    address = await reader.tab.locator("iframe").get_attribute("src")
    assert address is not None
    await reader.tab.goto(address)
    assert await reader.tab.evaluate("origin") == "null"
    assert await reader.tab.locator("a").get_attribute("href") == address.partition("?")[0].replace("/v1/f/", "/v1/c/")


async def test_nonce_is_honoured_and_html_creatives_run(reader: Reader, until_stored: Until) -> None:
    policy = f"{STRICT}script-src 'nonce-abc' 'strict-dynamic'; frame-src {{ads}}; require-trusted-types-for 'script'"
    html = page(
        IN_ARTICLE + TOP + '<ol data-most-read="24h"></ol>',
        attributes='data-kv-show="intruder" data-debug nonce="abc"',
        head=f"{STYLE}<script nonce=abc>{SHOW}</script>",
    )
    await reader.visit(html, {"content-security-policy": policy})
    await expect(reader.tab).to_have_title("SecurityError")
    await reader.until_reported("viewable", 2)
    assert await reader.tab.locator(".adserver-debug").count() == 3
    assert [text for text in reader.complaints if "document.title" not in text] == []
    await until_stored(Stored(impressions=2, viewable=2))


async def test_policy_by_trusted_types_gets_frames_by_their_address(reader: Reader) -> None:
    policy = STRICT + "script-src {ads}; frame-src {ads}; require-trusted-types-for 'script'; trusted-types 'none'"
    await reader.visit(page(IN_ARTICLE, head=STYLE), {"content-security-policy": policy})
    await reader.until_reported("impression")
    frame = reader.tab.frame_locator("iframe")
    assert await frame.locator("a").inner_text() == "Zeytin Market"


async def test_page_hears_of_clicks_on_pictures_and_in_frames(reader: Reader, until_stored: Until) -> None:
    await reader.visit(page(TOP + IN_ARTICLE, head=RECORD_EVENTS))
    await reader.until_reported("impression", 2)
    for link in (reader.tab.locator("[data-ad-slot=top] a"), reader.tab.frame_locator("iframe").locator("a")):
        async with reader.tab.context.expect_page() as opened:
            await link.click()
        await (await opened.value).wait_for_load_state()
        await reader.tab.bring_to_front()
    clicks = [heard for heard in await reader.tab.evaluate("heard") if heard.startswith("click")]
    assert clicks == ["click,top,wide,wide-728,", "click,in-article,text,text-300,"]
    await reader.until_reported("viewable", 2)
    await until_stored(Stored(impressions=2, viewable=2, clicks=2))


async def test_listener_that_fails_stops_nothing(reader: Reader) -> None:
    listen = "<script>addEventListener('adserver:rendered', () => { throw Error('ours'); })</script>"
    await reader.visit(page(TOP + IN_ARTICLE, head=listen))
    await reader.until_reported("viewable", 2)


@pytest.mark.parametrize("missing", ["fetch", "MutationObserver", "CSSStyleSheet"])
async def test_browser_without_what_the_tag_needs_shows_the_page(reader: Reader, missing: str) -> None:
    errors: list[str] = []
    reader.tab.on("pageerror", lambda error: errors.append(str(error)))
    await reader.tab.add_init_script(f"delete window.{missing}")
    await reader.visit(page(f"<p>Haber</p>{TOP}") + tag())
    await reader.tab.wait_for_load_state("load")
    assert await reader.tab.locator("p").inner_text() == "Haber"
    assert errors == []
