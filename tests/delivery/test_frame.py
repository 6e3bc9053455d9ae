"""A slot's frame in a real browser: nothing to scroll, and viewable only once it is seen."""

import asyncpg
import pytest
from playwright.async_api import Browser, Route, expect
from redis.asyncio import Redis

from adserver.counting.flush import flush_all
from tests.browser.conftest import LiveServer, live_server
from tests.browser.reader import OBSERVERS_WERE_TOLD
from tests.browsing import leave

__all__ = ["live_server"]

FIGURES = "select coalesce(sum(impressions), 0)::int, coalesce(sum(viewable), 0)::int from hourly"


@pytest.mark.browser
@pytest.mark.parametrize("sandbox", ["", 'sandbox="allow-scripts allow-popups"'], ids=["plain", "as AMP's"])
async def test_frame_fits_and_is_viewable_once_it_is_in_view(
    live_server: LiveServer, chromium: Browser, connection: asyncpg.Connection, redis: Redis, sandbox: str
) -> None:
    frame = (
        f'<iframe {sandbox} src="{{ads}}/v1/slots/demo-haber/top?as=frame&w=728" width="728" height="110" '
        'style="border:0"></iframe>'
    )
    address = live_server.publish(f'<!doctype html><div style="height:200vh"></div>{frame}', {})
    context = await chromium.new_context()
    page = await context.new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url.rsplit("/", 1)[1]))
    await page.goto(address)
    ad = page.frame_locator("iframe").locator("html")
    await expect(ad.locator("a > img")).to_have_js_property("naturalWidth", 728)
    assert await ad.evaluate("page => [page.scrollWidth, page.scrollHeight]") == [728, 110]
    assert "events" not in sent
    async with page.expect_request("**/v1/events") as event:
        await page.locator("iframe").scroll_into_view_if_needed()
    assert ((await event.value).post_data or "").startswith("viewable ")
    await page.wait_for_load_state("networkidle")
    await leave(context)
    await flush_all(redis, connection)
    assert tuple(await connection.fetchrow(FIGURES)) == (1, 1)


@pytest.mark.browser
async def test_smaller_ad_stands_in_the_middle_of_its_frame_and_a_text_in_a_row_with_its_picture(
    live_server: LiveServer, chromium: Browser
) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
    queries = ("top?as=frame&w=728", "in-article?as=frame&w=300&kv.show=words")
    frames = [
        f'<iframe src="{{ads}}/v1/slots/demo-haber/{query}" width="970" height="270"></iframe>' for query in queries
    ]
    await page.goto(live_server.publish(f"<!doctype html>{''.join(frames)}", {}))
    image = page.frame_locator("iframe").first.locator("a > img")
    box = "e => { const {left, top, width, height} = e.getBoundingClientRect(); return [left, top, width, height]; }"
    assert await image.evaluate(box) == [(970 - 728) / 2, (270 - 110) / 2 + 20, 728, 90]
    text = page.frame_locator("iframe").last.locator("a")
    picture, words = [await text.locator(part).evaluate(box) for part in ("img", "span")]
    assert picture[2:] == [72, 72]
    assert words[0] == picture[0] + 72 + 12
    await leave(context)


@pytest.mark.browser
async def test_frame_is_not_viewable_before_its_image_is(live_server: LiveServer, chromium: Browser) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
    loading: list[Route] = []
    sent: list[str] = []
    await page.clock.install()
    await page.route("**/a/*.png", lambda route: loading.append(route))
    page.on("request", lambda request: sent.append(request.url.rsplit("/", 1)[1]))
    frame = '<iframe src="{ads}/v1/slots/demo-haber/top?as=frame&w=728" width="728" height="110"></iframe>'
    await page.goto(live_server.publish(f"<!doctype html>{frame}", {}), wait_until="commit")
    ad = page.frame_locator("iframe").locator("a > img")
    await expect(ad).to_be_visible()
    await ad.evaluate(OBSERVERS_WERE_TOLD)
    await page.clock.run_for(5_000)
    assert "events" not in sent
    await loading[0].continue_()
    await expect(ad).to_have_js_property("naturalWidth", 728)
    await page.wait_for_load_state("load")
    async with page.expect_request("**/v1/events"):
        await ad.evaluate(OBSERVERS_WERE_TOLD)
        await page.clock.run_for(1_100)
    await leave(context)
