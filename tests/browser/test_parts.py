"""What only some pages need: texts, refresh, lists of the most read, the debug overlay."""

import asyncpg
import pytest
from playwright.async_api import expect

from tests.browser.conftest import Stored
from tests.browser.pages import IN_ARTICLE, RECORD_EVENTS, STYLE, TOP, below, page
from tests.browser.reader import Reader
from tests.browser.test_events import Until
from tests.browser.test_views import READ

pytestmark = pytest.mark.browser

REFRESHING = '<div data-ad-slot="in-article" data-refresh="5"></div>'


async def asked_for_nothing_in_a_minute(reader: Reader) -> None:
    await reader.tab.clock.fast_forward(60_000)
    await reader.tab.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", TOP)
    await reader.tab.clock.run_for(100)
    await reader.until_asked(2)
    assert reader.asked[1]["slots"] == ["top"]


async def test_text_is_styled_by_the_page(reader: Reader, until_stored: Until) -> None:
    style = "<style>body {font: 19px serif; color: rgb(1, 2, 3)} .adserver-title {font-weight: 400}</style>"
    await reader.visit(page(IN_ARTICLE, attributes='data-kv-show="words"', head=STYLE + style))
    await reader.until_reported("viewable")
    link = reader.tab.locator("a.adserver-text")
    assert await link.inner_text() == "Sızma zeytinyağı\nHasat bitti, yeni mahsul raflarda."
    assert await link.get_attribute("rel") == "sponsored noopener"
    assert await link.evaluate("e => getComputedStyle(e).fontFamily") == "serif"
    assert await link.evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"
    assert await link.locator("strong").evaluate("e => getComputedStyle(e).fontWeight") == "400"
    assert await link.locator("img").evaluate("e => [e.clientWidth, e.clientHeight]") == [72, 72]
    assert await reader.tab.evaluate("layoutShift") == 0
    await until_stored(Stored(impressions=1, viewable=1))


async def test_word_that_is_longer_than_its_line_is_broken(reader: Reader) -> None:
    await reader.visit(page(IN_ARTICLE, attributes='data-kv-show="words"'))
    await reader.until_reported("impression")
    link = reader.tab.locator("a.adserver-text")
    await link.evaluate("e => { e.style.fontSize = '60px'; }")
    assert await link.evaluate("e => e.scrollWidth <= e.clientWidth")


async def test_text_that_is_too_long_is_cut_at_its_end_after_a_whole_line(reader: Reader) -> None:
    large = "<style>.adserver-text {font-size: 60px; line-height: 80px}</style>"
    await reader.visit(page(IN_ARTICLE, attributes='data-kv-show="words"', head=STYLE + large))
    await reader.until_reported("impression")
    link = await reader.tab.locator("a.adserver-text").bounding_box()
    title = await reader.tab.locator("a strong").bounding_box()
    assert link is not None
    assert title is not None
    assert link["height"] == 3 * 80
    assert title["y"] == link["y"]


async def test_label_is_a_landmark_and_the_focus_goes_in_reading_order(reader: Reader) -> None:
    await reader.visit(
        page(f"<a href='#1'>Önce</a>{IN_ARTICLE}<a href='#2'>Sonra</a>", attributes='data-kv-show="words"')
    )
    await reader.until_reported("impression")
    await expect(reader.tab.get_by_role("complementary", name="ARA REKLAM ALANI")).to_be_visible()
    focused = []
    for _ in range(3):
        await reader.tab.keyboard.press("Tab")
        focused.append(await reader.tab.evaluate("document.activeElement.textContent.slice(0, 5)"))
    assert focused == ["Önce", "Sızma", "Sonra"]


@pytest.mark.parametrize("site", ["demo-haber", "valley-news"])
async def test_label_speaks_the_sites_language(reader: Reader, site: str) -> None:
    slots = {"demo-haber": '<div data-ad-slot="between"></div>', "valley-news": '<div data-ad-slot="top"></div>'}
    await reader.visit(page(slots[site]).replace('data-site="demo-haber"', f'data-site="{site}"'))
    await reader.until_reported("impression")
    labels = {"demo-haber": "REKLAM", "valley-news": "ADVERTISEMENT"}
    assert await reader.tab.locator(".adserver-label").inner_text() == labels[site]


async def test_slot_changes_its_ad_thirty_seconds_after_it_was_viewable(reader: Reader, until_stored: Until) -> None:
    await reader.tab.clock.install()
    await reader.visit(page(REFRESHING))
    await reader.until_reported("impression")
    await reader.tab.clock.run_for(1_100)
    await reader.until_reported("viewable")
    await reader.tab.clock.fast_forward(28_000)
    assert len(reader.asked) == 1
    await reader.tab.clock.run_for(3_000)
    await reader.until_reported("impression", 2)
    assert reader.asked[1]["in-article.kv.refresh"] == ["1"]
    await until_stored(Stored(impressions=2, viewable=reader.count("viewable"), refreshed=1))


async def test_slot_changes_its_ad_ten_times_at_most(reader: Reader) -> None:
    await reader.tab.clock.install()
    await reader.visit(page(REFRESHING))
    for times in range(1, 12):
        await reader.until_reported("impression", times)
        await reader.tab.clock.run_for(1_100)
        await reader.until_reported("viewable", times)
        await reader.tab.clock.fast_forward(31_000)
    await reader.tab.clock.fast_forward(120_000)
    assert len(reader.asked) == 11


@pytest.mark.parametrize("seconds", ["0", "-60", "never", "3000000", "Infinity"])
async def test_slot_that_has_no_time_to_change_after_keeps_its_ad(reader: Reader, seconds: str) -> None:
    await reader.tab.clock.install()
    await reader.visit(page(REFRESHING.replace('"5"', f'"{seconds}"')))
    await reader.until_reported("impression")
    await reader.tab.clock.run_for(1_100)
    await reader.until_reported("viewable")
    await asked_for_nothing_in_a_minute(reader)


async def test_ad_that_the_page_brought_has_its_own_time_and_is_no_automatic_change(
    reader: Reader, until_stored: Until
) -> None:
    await reader.tab.clock.install()
    await reader.visit(page(REFRESHING))
    for impressions, seconds in ((1, 30), (2, 25)):
        await reader.until_reported("impression", impressions)
        await reader.tab.clock.run_for(1_100)
        await reader.until_reported("viewable", impressions)
        await reader.tab.clock.fast_forward(seconds * 1000)
    await reader.tab.evaluate("adserver.refresh()")
    await reader.until_reported("impression", 3)
    await reader.tab.clock.run_for(8_000)
    assert [asked.get("in-article.kv.refresh") for asked in reader.asked] == [None, ["1"], None]
    await until_stored(Stored(impressions=3, viewable=3, refreshed=1))


async def test_destroyed_slot_stays_empty(reader: Reader) -> None:
    await reader.tab.clock.install()
    await reader.visit(page(REFRESHING, head=STYLE))
    await reader.until_reported("impression")
    await reader.tab.clock.run_for(1_100)
    await reader.until_reported("viewable")
    await reader.tab.evaluate("adserver.destroy()")
    await asked_for_nothing_in_a_minute(reader)


async def test_slot_out_of_sight_or_in_use_waits_with_its_change(reader: Reader) -> None:
    await reader.tab.clock.install()
    await reader.visit(below(REFRESHING))
    await reader.reveal("[data-ad-slot]", 200)
    await reader.until_reported("impression")
    await reader.tab.clock.run_for(1_100)
    await reader.until_reported("viewable")
    await reader.reveal("[data-ad-slot]", -100)
    await reader.tab.clock.fast_forward(60_000)
    assert len(reader.asked) == 1
    await reader.reveal("[data-ad-slot]", 200)
    await reader.until_asked(2)


async def test_reader_who_wants_little_motion_gets_no_changes(reader: Reader) -> None:
    await reader.tab.emulate_media(reduced_motion="reduce")
    await reader.tab.clock.install()
    await reader.visit(page(REFRESHING))
    await reader.until_reported("impression")
    await reader.tab.clock.run_for(1_100)
    await reader.until_reported("viewable")
    await reader.tab.clock.fast_forward(120_000)
    assert len(reader.asked) == 1


async def test_most_read_fill_the_pages_template(reader: Reader, connection: asyncpg.Connection) -> None:
    for name, views in (("yagis", 1234), ("kar", 7), ("<b>", 99)):
        await connection.execute(READ, name, views)
    template = '<template><li><a href="/haber/{article}">{rank}. {article}</a> {views}</li></template>'
    await reader.visit(page(f'<ol data-most-read="24h" data-limit="3">{template}</ol>'))
    await expect(reader.tab.locator("li")).to_have_text(["1. yagis 1.234", "2. <b> 99", "3. kar 7"])
    assert await reader.tab.locator("a").first.get_attribute("href") == "/haber/yagis"


async def test_article_that_somebody_made_up_runs_nothing(reader: Reader, connection: asyncpg.Connection) -> None:
    for views, name in enumerate((" JavaScript:go(0)", "')+go(0)//", "spor/42"), 1):
        await connection.execute(READ, name, views)
    links = '<a href="{article}" onclick="go(\'{article}\')">{rank}</a><b onclick="go({rank})"></b>'
    script = "<script>window.gone = '{article}'</script>"
    await reader.visit(page(f'<ol data-most-read="90d"><template><li>{links}{script}</li></template></ol>'))
    await expect(reader.tab.locator("a")).to_have_text(["1", "2", "3"])
    attributes = "all => all.map(e => [e.getAttribute('href'), e.getAttribute('onclick')])"
    assert await reader.tab.locator("a").evaluate_all(attributes) == [
        ["spor/42", "go('{article}')"],
        ["')+go(0)//", "go('{article}')"],
        [None, "go('{article}')"],
    ]
    assert await reader.tab.locator("b").first.get_attribute("onclick") == "go(1)"
    assert await reader.tab.evaluate("gone") == "{article}"


async def test_most_read_come_first_among_the_pages_own(reader: Reader, connection: asyncpg.Connection) -> None:
    for name, views in (("3", 9), ("1", 5)):
        await connection.execute(READ, name, views)
    items = "".join(f'<li><a data-article="{name}" href="#">Haber {name}</a></li>' for name in "1234")
    await reader.visit(page(f'<ol data-most-read="7d" data-limit="3">{items}</ol>', head=RECORD_EVENTS))
    await expect(reader.tab.locator("li:visible")).to_have_text(["Haber 3", "Haber 1", "Haber 2"])


async def test_only_what_is_out_of_order_is_moved(reader: Reader, connection: asyncpg.Connection) -> None:
    for name, views in (("1", 9), ("3", 5)):
        await connection.execute(READ, name, views)
    items = "".join(f'<li data-article="{name}">{name}</li>' for name in "123")
    watch = (
        "<script>"
        "const items = new MutationObserver(() => {}); items.observe(document.querySelector('ol'), {childList: true});"
        "addEventListener('adserver:most-read', () => {"
        "  window.moved = items.takeRecords().flatMap(({addedNodes}) => [...addedNodes].map(item => item.textContent));"
        "  window.isTold = true; })</script>"
    )
    await reader.visit(page(f'<ol data-most-read="24h">{items}</ol>{watch}'))
    await reader.tab.wait_for_function("window.isTold")
    assert await reader.tab.evaluate("moved") == ["3"]
    await expect(reader.tab.locator("li")).to_have_text(["1", "3", "2"])


async def test_page_is_handed_what_was_read_most(reader: Reader, connection: asyncpg.Connection) -> None:
    await connection.execute(READ, "42", 3)
    listen = "<script>addEventListener('adserver:most-read', event => { window.read = event.detail; })</script>"
    await reader.visit(page("<div data-most-read></div>", head=listen))
    await reader.tab.wait_for_function("window.read")
    assert await reader.tab.evaluate("read") == [{"article": "42", "views": 3}]


async def test_numbers_are_written_in_the_sites_language(reader: Reader, connection: asyncpg.Connection) -> None:
    await connection.execute(
        "insert into article_hourly select date_trunc('hour', now(), 'UTC'), id, 'a', 1234 from site where key = $1",
        "valley-news",
    )
    html = page('<span data-article-views="a"></span>', root="")
    await reader.visit(html.replace('data-site="demo-haber"', 'data-site="valley-news"'))
    await expect(reader.tab.locator("span")).to_have_text("1,234")
