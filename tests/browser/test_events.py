"""What the tag reports, and that it arrives."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Route

from tests.browser.conftest import Stored
from tests.browser.pages import IN_ARTICLE, RECORD_EVENTS, TOP, article, below, page
from tests.browser.reader import Reader

pytestmark = pytest.mark.browser

VISIBILITY = """
let state = 'visible';
Object.defineProperty(Document.prototype, 'hidden', {get: () => state === 'hidden'});
window.turn = to => { state = to; document.dispatchEvent(new Event('visibilitychange')); };
"""


Until = Callable[[Stored], Awaitable[None]]


async def unavailable(route: Route) -> None:
    await route.fulfill(status=503, headers={"retry-after": "2", "access-control-allow-origin": "*"})


async def test_each_creative_is_one_impression(reader: Reader) -> None:
    await reader.visit(article())
    await reader.until_reported("viewable", 3)
    impressions = [line for line in reader.reported if line.startswith("impression ")]
    assert len(impressions) == len(set(impressions)) == 3


async def test_image_is_an_impression_only_once_it_has_loaded(reader: Reader) -> None:
    loading: list[Route] = []
    await reader.tab.route("**/a/*.png", lambda route: loading.append(route))
    await reader.visit(page(TOP + IN_ARTICLE))
    await reader.until_reported("impression")
    assert reader.count("impression") == 1
    await loading[0].continue_()
    await reader.until_reported("impression", 2)


async def test_ad_that_loads_in_a_hidden_tab_waits_for_the_reader(reader: Reader) -> None:
    loading: list[Route] = []
    await reader.tab.add_init_script(VISIBILITY)
    await reader.tab.route("**/a/*.png", lambda route: loading.append(route))
    await reader.visit(page(TOP + IN_ARTICLE, head=RECORD_EVENTS))
    await reader.until_reported("viewable")
    await reader.tab.evaluate("turn('hidden')")
    await loading[0].continue_()
    await reader.tab.wait_for_function("document.querySelector('img').complete")
    await reader.tab.evaluate("new Promise(requestAnimationFrame)")
    assert len(await reader.tab.evaluate("heard")) == 2, "the frame's rendered and viewable, not the image's"
    await reader.tab.evaluate("turn('visible')")
    await reader.until_reported("impression", 2)


@pytest.mark.parametrize(
    ("slot", "attributes", "too_little", "enough"),
    [
        pytest.param(IN_ARTICLE, 'data-kv-show="picture"', 122, 125, id="half of an image"),
        pytest.param(IN_ARTICLE, "", 122, 125, id="half of a frame"),
        pytest.param(TOP, 'data-kv-show="large"', 74, 75, id="30 % of a large ad"),
    ],
)
async def test_enough_of_an_ad_in_sight_for_a_second_is_viewable(
    reader: Reader, slot: str, attributes: str, too_little: int, enough: int
) -> None:
    await reader.tab.clock.install()
    await reader.visit(below(slot, attributes=attributes))
    await reader.until_reported("impression")
    media = "[data-ad-slot] img, [data-ad-slot] iframe"
    await reader.reveal(media, too_little)
    await reader.tab.clock.run_for(5000)
    assert reader.count("viewable") == 0
    await reader.reveal(media, enough)
    await reader.tab.clock.run_for(1100)
    await reader.until_reported("viewable")


async def test_second_in_sight_is_one_without_a_break(reader: Reader) -> None:
    await reader.tab.add_init_script(VISIBILITY)
    await reader.tab.clock.install()
    await reader.visit(below(IN_ARTICLE, head=RECORD_EVENTS))
    await reader.until_reported("impression")
    await reader.tab.clock.pause_at(await reader.tab.evaluate("Date.now() + 60_000"))
    await reader.reveal("iframe", 200)
    await reader.tab.clock.run_for(900)
    await reader.reveal("iframe", 10)
    await reader.reveal("iframe", 200)
    await reader.tab.clock.run_for(900)
    await reader.tab.evaluate("turn('hidden')")
    await reader.tab.clock.run_for(5000)
    await reader.tab.evaluate("turn('visible')")
    await reader.tab.clock.run_for(900)
    assert len(await reader.tab.evaluate("heard")) == 1, "it was rendered"
    await reader.tab.clock.run_for(200)
    assert len(await reader.tab.evaluate("heard")) == 2
    await reader.tab.clock.run_for(2000)
    await reader.until_reported("viewable")


async def test_second_of_a_large_ad_goes_on_while_more_of_it_comes_into_sight(reader: Reader) -> None:
    await reader.tab.clock.install()
    await reader.visit(below(TOP, attributes='data-kv-show="large"', head=RECORD_EVENTS))
    await reader.until_reported("impression")
    await reader.tab.clock.pause_at(await reader.tab.evaluate("Date.now() + 60_000"))
    for pixels in (80, 130):  # of 250: more than 30 %, and than half
        await reader.reveal("img", pixels)
        await reader.tab.clock.run_for(600)
    assert len(await reader.tab.evaluate("heard")) == 2


async def test_what_a_page_counts_first_leaves_together(reader: Reader) -> None:
    sent: list[str] = []
    reader.tab.on("request", lambda request: sent.append(request.url) if "/v1/events" in request.url else None)
    await reader.visit(page(IN_ARTICLE, attributes='data-article="42"'))
    await reader.until_reported("viewable")
    assert (reader.count("view"), reader.count("impression"), len(sent)) == (1, 1, 1)


async def test_events_are_sent_again_until_they_are_counted_once(reader: Reader, until_stored: Until) -> None:
    await reader.tab.clock.install()
    await reader.tab.route("**/v1/events", unavailable, times=2)
    await reader.visit(below(IN_ARTICLE))
    async with reader.tab.expect_response(lambda response: response.status == 204):
        await reader.until_sent("impression", 3)
    await until_stored(Stored(impressions=1))


async def test_events_are_given_up_after_five_tries(reader: Reader) -> None:
    await reader.tab.clock.install()
    await reader.tab.route("**/v1/events", unavailable)
    await reader.visit(below(IN_ARTICLE))
    await reader.until_sent("impression", 5)
    await reader.tab.clock.run_for(600_000)
    assert len(reader.reported) == 5


async def test_events_that_wait_leave_with_the_page(reader: Reader, until_stored: Until) -> None:
    await reader.tab.clock.install()
    await reader.tab.route("**/v1/events", unavailable)
    await reader.visit(below(IN_ARTICLE))
    async with reader.tab.expect_response("**/v1/events"):
        await reader.until_sent("impression", 1)
    await reader.tab.evaluate("new Promise(requestAnimationFrame)")
    await reader.tab.unroute("**/v1/events")
    await reader.tab.goto("about:blank")
    await until_stored(Stored(impressions=1))


async def test_refused_events_are_not_sent_again(reader: Reader) -> None:
    await reader.tab.clock.install()
    await reader.tab.route(
        "**/v1/events", lambda route: route.fulfill(status=400, headers={"access-control-allow-origin": "*"})
    )
    await reader.visit(below(IN_ARTICLE))
    async with reader.tab.expect_response("**/v1/events"):
        await reader.until_sent("impression", 1)
    await reader.tab.clock.run_for(120_000)
    assert len(reader.reported) == 1


async def test_destroyed_slot_is_not_viewable_later(reader: Reader) -> None:
    await reader.tab.clock.install()
    await reader.visit(below(IN_ARTICLE))
    await reader.until_reported("impression")
    await reader.reveal("iframe", 200)
    await reader.tab.evaluate("adserver.cmd.push(ad => ad.destroy('in-article'))")
    await reader.tab.clock.run_for(5_000)
    assert reader.count("viewable") == 0
