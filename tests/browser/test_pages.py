"""Pages of many kinds, as publishers have them: what the reader sees, and what Postgres holds in the end."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.conftest import LiveServer, Stored
from tests.browser.pages import FOOTER, IN_ARTICLE, PARAGRAPH, PAUSE, STYLE, TOP, article, page, tag
from tests.browser.reader import PHONE, Reader
from tests.browser.test_events import VISIBILITY, Until
from tests.browsing import FLAGS

pytestmark = pytest.mark.browser

FILLED = "[data-ad-slot] :is(img, iframe)"


async def test_page_that_loads_slowly_shows_what_is_there(
    reader: Reader, live_server: LiveServer, until_stored: Until
) -> None:
    await reader.visit(page(f"{TOP}{PARAGRAPH}{PAUSE}{IN_ARTICLE}{FOOTER}", head=STYLE))
    await reader.until_reported("impression")
    assert await reader.tab.evaluate("document.readyState") == "loading"
    live_server.rest.set()
    await reader.until_reported("viewable", 3)
    assert [asked["slots"] for asked in reader.asked] == [["top"], ["in-article,footer"]]
    assert await reader.tab.evaluate("layoutShift") == 0
    await until_stored(Stored(impressions=3, viewable=3))


async def test_application_of_one_page_changes_its_articles(reader: Reader, until_stored: Until) -> None:
    await reader.visit(page(f"<main>{TOP}{PARAGRAPH}</main>", attributes='data-article="1"', head=STYLE))
    await reader.until_reported("viewable")
    await reader.tab.evaluate(
        """html => {
          history.pushState({}, '', '?haber=2');
          document.querySelector('main').innerHTML = html;
          adserver.cmd.push(ad => ad.set('section', 'spor'), ad => ad.article(2));
        }""",
        f"{PARAGRAPH}{IN_ARTICLE}",
    )
    await reader.until_reported("viewable", 2)
    asked = reader.asked[-1]
    assert (asked["slots"], asked["article"], asked["kv.section"]) == (["in-article"], ["2"], ["spor"])
    assert await reader.tab.locator(FILLED).count() == 1
    await until_stored(Stored(impressions=2, viewable=2, views=2))


async def test_element_that_becomes_another_slot_gets_its_ad(reader: Reader) -> None:
    await reader.visit(page(TOP))
    await reader.until_reported("impression")
    await reader.tab.evaluate("document.querySelector('[data-ad-slot]').dataset.adSlot = 'in-article'")
    await reader.until_reported("impression", 2)
    assert await reader.tab.locator("[data-ad-slot=in-article] iframe").count() == 1
    assert await reader.tab.locator(FILLED).count() == 1


async def test_endless_scroll_fills_each_article_as_it_comes(reader: Reader, until_stored: Until) -> None:
    await reader.visit(page(f"{TOP}{PARAGRAPH}", attributes='data-article="1"', head=STYLE))
    for number in (2, 3):
        await reader.until_reported("viewable", number - 1)
        await reader.tab.evaluate(
            """([html, number]) => {
              document.body.insertAdjacentHTML('beforeend', html);
              adserver.cmd.push(ad => ad.article(number));
              scrollTo(0, document.body.scrollHeight);
            }""",
            [f"{PARAGRAPH * 20}{IN_ARTICLE}", number],
        )
    await reader.until_reported("viewable", 3)
    assert await reader.tab.evaluate("layoutShift") == 0
    await until_stored(Stored(impressions=3, viewable=3, views=3))


async def test_lazy_slot_is_decided_when_the_reader_comes_near(reader: Reader, until_stored: Until) -> None:
    far = '<div style="height: 2600px"></div>'
    await reader.visit(page(f'{TOP}{far}<div data-ad-slot="footer" data-lazy></div>{far}', head=STYLE))
    await reader.until_reported("viewable")
    assert [asked["slots"] for asked in reader.asked] == [["top"]]
    await reader.reveal("[data-ad-slot=footer]", -1400)  # a viewport has 900 pixels
    assert len(reader.asked) == 1
    await reader.reveal("[data-ad-slot=footer]", -1300)
    await reader.until_asked(2)
    assert reader.asked[1]["slots"] == ["footer"]
    assert reader.count("impression") == 1
    await reader.tab.locator("[data-ad-slot=footer]").scroll_into_view_if_needed()
    await reader.until_reported("viewable", 2)
    await until_stored(Stored(impressions=2, viewable=2))


async def test_slots_in_tabs_are_asked_for_when_their_panel_is_shown(reader: Reader, until_stored: Until) -> None:
    panels = f"<section>{TOP}</section><section hidden>{IN_ARTICLE}</section>"
    await reader.visit(page(panels, head=STYLE))
    await reader.until_reported("viewable")
    assert [asked["slots"] for asked in reader.asked] == [["top"]]
    await reader.tab.evaluate("document.querySelectorAll('section').forEach(e => e.toggleAttribute('hidden'))")
    await reader.until_reported("viewable", 2)
    assert reader.asked[1]["slots"] == ["in-article"]
    await until_stored(Stored(impressions=2, viewable=2))


async def test_page_in_a_frame_counts_what_can_be_seen_through_it(
    reader: Reader, live_server: LiveServer, until_stored: Until
) -> None:
    inner = live_server.publish(page(TOP), {})
    space = '<div style="height: 100vh"></div>'
    await reader.visit(page(f'{space}<iframe src="{inner}" width="760" height="300"></iframe>{space}'))
    await reader.until_asked(1)
    await reader.tab.locator("iframe").evaluate("e => e.scrollIntoView()")
    await reader.until_reported("viewable")
    await expect(reader.tab.frame_locator("iframe").locator("img")).to_be_visible()
    await until_stored(Stored(impressions=1, viewable=1))


async def test_page_from_a_cache_has_its_own_decision_for_each_reader(
    reader: Reader, live_server: LiveServer, chromium: Browser, until_stored: Until
) -> None:
    cached = live_server.publish(article(attributes='data-article="42"'), {"cache-control": "public, max-age=600"})
    for _ in range(2):
        await reader.tab.goto(cached)
        await reader.until_reported("viewable", 3)
        await reader.tab.goto("about:blank")
        reader.reported.clear()
    assert len({json.dumps(asked) for asked in reader.asked}) == 1
    await until_stored(Stored(impressions=6, viewable=6, views=1))  # the second view is the same reader's


async def test_page_that_reads_from_the_right_looks_alike(reader: Reader, until_stored: Until) -> None:
    await reader.visit(page(f"{TOP}{PARAGRAPH}{IN_ARTICLE}", head=STYLE, root='lang="ar" dir="rtl"'))
    await reader.until_reported("viewable", 2)
    box = await reader.tab.locator("[data-ad-slot=top] img").bounding_box()
    assert box is not None
    assert abs(box["x"] + box["width"] / 2 - 1280 / 2) <= 8
    assert await reader.tab.evaluate("layoutShift") == 0
    assert await reader.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await until_stored(Stored(impressions=2, viewable=2))


@pytest.mark.parametrize("reader", [PHONE], indirect=True)
async def test_phone_sees_narrow_ads_and_no_sideways_scrolling(reader: Reader, until_stored: Until) -> None:
    await reader.visit(article(head=STYLE))
    await reader.tab.locator("[data-ad-slot=footer]").scroll_into_view_if_needed()
    await reader.until_reported("viewable", 3)
    assert reader.asked[0]["w"] == ["390"]
    assert await reader.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await reader.tab.evaluate("layoutShift") == 0
    await until_stored(Stored(impressions=3, viewable=3))


async def test_two_tags_fill_and_count_once(reader: Reader, until_stored: Until) -> None:
    second = tag('data-article="42"')
    await reader.visit(page(f"{TOP}{second}{IN_ARTICLE}{second}", attributes='data-article="42"'))
    await reader.until_reported("viewable", 2)
    await reader.until_reported("view")
    assert await reader.tab.locator(FILLED).count() == 2
    await until_stored(Stored(impressions=2, viewable=2, views=1))


async def test_reader_who_comes_back_sees_the_same_ads_counted_once(reader: Reader, until_stored: Until) -> None:
    await reader.visit(page(TOP, attributes='data-article="42"'))
    await reader.until_reported("viewable")
    await reader.until_reported("view")
    await reader.tab.evaluate("window.isTheSamePage = true")
    await reader.visit(page("<p>Başka bir haber</p>"))
    # The driver's own way back asks the page that is being left, which may be gone already.
    await reader.tab.evaluate("setTimeout(() => history.back())")
    await reader.tab.wait_for_function("window.isTheSamePage")  # so it comes from the back/forward cache
    await reader.until_reported("view", 2)
    await expect(reader.tab.locator("img")).to_be_visible()
    await until_stored(Stored(impressions=1, viewable=1, views=1))


async def test_reader_who_was_offline_is_counted_when_back(reader: Reader, until_stored: Until) -> None:
    loading: list[Route] = []
    await reader.tab.route("**/a/*.png", lambda route: loading.append(route))
    await reader.visit(page(TOP, attributes='data-article="42"', head=STYLE))
    await reader.until_reported("view")
    await until_stored(Stored(views=1))
    image = await loading[0].fetch()
    await reader.tab.context.set_offline(True)
    await loading[0].fulfill(response=image)
    await reader.until_reported("impression")
    await reader.tab.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", IN_ARTICLE)
    await reader.until_asked(2)
    await until_stored(Stored(views=1))
    await reader.tab.context.set_offline(False)
    await reader.until_reported("viewable", 2)
    await expect(reader.tab.locator("[data-ad-slot=in-article] iframe")).to_be_visible()
    await until_stored(Stored(impressions=2, viewable=2, views=1))


async def test_tab_in_the_background_sends_what_it_has(reader: Reader, until_stored: Until) -> None:
    loading: list[Route] = []
    await reader.tab.add_init_script(VISIBILITY)
    await reader.tab.clock.install()
    await reader.tab.route("**/a/*.png", lambda route: loading.append(route))
    await reader.visit(page(TOP))
    await reader.tab.wait_for_function("document.querySelector('img')")
    await reader.tab.clock.pause_at(await reader.tab.evaluate("Date.now() + 60_000"))
    await loading[0].continue_()
    await reader.tab.wait_for_function("document.querySelector('img').complete")
    await reader.tab.clock.run_for(20)  # less than a batch waits for more
    await reader.tab.evaluate("turn('hidden')")
    await until_stored(Stored(impressions=1))


@pytest.fixture
async def undriven(chromium_path: str, tmp_path: Path) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """Opens an address in a browser that nobody drives: a driven one renders no page ahead."""
    processes: list[asyncio.subprocess.Process] = []

    async def visit(address: str) -> None:
        flags = [*FLAGS, "--headless", "--remote-debugging-port=0", f"--user-data-dir={tmp_path / 'profile'}"]
        processes.append(
            await asyncio.create_subprocess_exec(
                chromium_path, *flags, address, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
            )
        )

    yield visit
    for process in processes:
        process.terminate()
        await process.wait()


async def test_page_rendered_ahead_counts_once_it_is_seen(
    undriven: Callable[[str], Awaitable[None]], live_server: LiveServer, until_stored: Until
) -> None:
    tell = """
      const tell = word => new Image().src = '/page/' + word;
      if (!document.prerendering) tell('seen-at-once');
      document.addEventListener('prerenderingchange', () => tell('seen-later'));
      addEventListener('load', () => tell('ready'));
    """
    news = live_server.publish(page(TOP, attributes='data-article="42"', head=f"<script>{tell}</script>"), {})
    word = live_server.publish(f"go{PAUSE}!", {})
    rules = json.dumps({"prerender": [{"urls": [news], "eagerness": "immediate"}]})
    go = f"fetch('{word}').then(answer => answer.text()).then(() => {{ location.href = '{news}'; }})"
    await undriven(live_server.publish(f'<script type="speculationrules">{rules}</script><script>{go}</script>', {}))
    await live_server.until_asked_for("/ready")
    await until_stored(Stored())
    live_server.rest.set()
    await live_server.until_asked_for("/seen-later")
    await until_stored(Stored(impressions=1, viewable=1, views=1))
