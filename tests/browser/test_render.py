"""What the tag puts into the page."""

import pytest
from playwright.async_api import Route, expect

from tests.browser.pages import IN_ARTICLE, PARAGRAPH, RECORD_EVENTS, STYLE, TOP, article, below, page
from tests.browser.reader import DESKTOP, PHONE, Reader

pytestmark = pytest.mark.browser

STRICT_POLICY = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; script-src {ads}; connect-src {ads}; "
    "img-src {ads}; style-src {ads}; require-trusted-types-for 'script'; trusted-types 'none'"
}


async def test_each_slot_shows_its_label_above_its_ad(reader: Reader) -> None:
    await reader.visit(article())
    await reader.until_reported("impression", 3)
    labels = reader.tab.locator(".adserver-label")
    assert await labels.all_inner_texts() == ["REKLAM ALANI", "ARA REKLAM ALANI", "REKLAM ALANI"]
    label, image = await labels.first.bounding_box(), await reader.tab.locator("img").first.bounding_box()
    assert label is not None
    assert image is not None
    assert label["y"] + label["height"] == image["y"]


async def test_image_is_a_sponsored_link_of_the_creatives_size(reader: Reader) -> None:
    await reader.visit(page(TOP))
    await reader.until_reported("impression")
    link = reader.tab.locator("[data-ad-slot=top] a")
    assert await link.get_attribute("rel") == "sponsored noopener"
    assert await link.get_attribute("target") == "_blank"
    box = await link.locator("img[alt='Zeytin Market']").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (728, 90)


async def test_rules_for_the_articles_own_pictures_do_not_stretch_an_ad(reader: Reader) -> None:
    await reader.visit(page(TOP, head="<style>img {width: 100%; margin: 20px; padding: 3px}</style>"))
    await reader.until_reported("impression")
    box = await reader.tab.locator("[data-ad-slot=top] img").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (728, 90)


@pytest.mark.parametrize("reader", [PHONE], indirect=True)
async def test_phone_gets_the_narrow_creative(reader: Reader) -> None:
    await reader.visit(page(TOP))
    await reader.until_reported("impression")
    box = await reader.tab.locator("[data-ad-slot=top] img").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (320, 100)
    assert box["x"] == (390 - 320) / 2


@pytest.mark.parametrize("reader", [DESKTOP, PHONE], indirect=True, ids=["desktop", "phone"])
async def test_nothing_moves_with_the_stylesheet(reader: Reader) -> None:
    await reader.visit(article(head=STYLE))
    await reader.until_reported("impression", 3)
    assert await reader.tab.evaluate("layoutShift") == 0


async def test_nothing_moves_beside_a_slot_that_is_as_wide_as_its_ad(reader: Reader) -> None:
    rows = (
        f'<header style="display:flex;justify-content:center"><b>Demo Haber</b>{TOP}<nav>Yerel Spor</nav></header>'
        f"<table><tr><td>{PARAGRAPH}<td>{IN_ARTICLE}</table>"
    )
    await reader.tab.route("**/v1/ads?*", _after_the_first_frames)
    await reader.visit(page(rows, head=STYLE))
    await reader.until_reported("impression", 2)
    assert await reader.tab.evaluate("layoutShift") == 0


async def test_label_stays_with_its_ad_in_a_page_of_columns(reader: Reader) -> None:
    columns = '<main style="columns:2;column-fill:auto;height:400px"><div style="height:300px"></div>'
    await reader.visit(page(f"{columns}{IN_ARTICLE}</main>", attributes='data-kv-show="picture"', head=STYLE))
    await reader.until_reported("impression")
    label = await reader.tab.locator(".adserver-label").bounding_box()
    image = await reader.tab.locator("img").bounding_box()
    assert label is not None
    assert image is not None
    assert label["y"] + label["height"] == image["y"]


async def test_without_the_stylesheet_the_page_does_move(reader: Reader) -> None:
    await reader.visit(article())
    await reader.until_reported("impression", 3)
    assert await reader.tab.evaluate("layoutShift") > 0


async def test_refresh_by_a_smaller_ad_keeps_the_place(reader: Reader) -> None:
    await reader.visit(page(TOP, attributes='data-kv-show="large"'))
    await reader.until_reported("impression")
    await reader.tab.evaluate("adserver.cmd.push(ad => { ad.set('show', null); ad.refresh(); })")
    await reader.until_reported("impression", 2)
    box = await reader.tab.locator("[data-ad-slot=top]").bounding_box()
    assert box is not None
    assert box["height"] == 20 + 250


async def test_creatives_script_cannot_reach_the_page(reader: Reader) -> None:
    await reader.tab.add_init_script("addEventListener('message', event => { window.outcome = event.data; })")
    await reader.visit(page(IN_ARTICLE, attributes='data-kv-show="intruder"'))
    await reader.tab.wait_for_function("window.outcome")
    assert await reader.tab.evaluate("outcome") == "SecurityError"
    assert await reader.tab.title() == "Haber"


@pytest.mark.parametrize("show", ["picture", "text"])
async def test_click_opens_the_advertiser_beside_the_page(reader: Reader, show: str) -> None:
    await reader.visit(page(IN_ARTICLE, attributes=f'data-kv-show="{show}"'))
    await reader.until_reported("impression")
    asked: list[str] = []
    reader.tab.context.on("request", lambda request: asked.append(request.url))
    link = reader.tab.locator("a") if show == "picture" else reader.tab.frame_locator("iframe").locator("a")
    async with reader.tab.context.expect_page() as opened:
        await link.click()
    advertiser = await opened.value
    await expect(advertiser).to_have_title("Zeytin Market")
    assert advertiser.url.endswith("/page/advertiser")
    assert any("/v1/c/" in url for url in asked)
    assert await advertiser.evaluate("opener") is None
    assert await reader.tab.title() == "Haber"


async def test_strict_content_security_policy_is_kept(reader: Reader) -> None:
    await reader.visit(article(head=STYLE, attributes='data-kv-show="picture" data-debug'), STRICT_POLICY)
    await reader.until_reported("impression", 3)
    assert reader.complaints == []


async def test_unsold_slot_in_sight_keeps_its_place(reader: Reader) -> None:
    await reader.visit(page('<div data-ad-slot="unsold"></div>', head=STYLE + RECORD_EVENTS))
    await reader.tab.wait_for_function("heard.length")
    assert await reader.tab.evaluate("heard") == ["empty,unsold,,,no-candidates"]
    assert await reader.tab.locator(".adserver-label").count() == 0
    box = await reader.tab.locator("[data-ad-slot]").bounding_box()
    assert box is not None
    assert box["height"] == 270


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(below('<div data-ad-slot="unsold"></div>', head=STYLE + RECORD_EVENTS), id="below the viewport"),
        pytest.param(
            page('<div data-ad-slot="unsold" data-collapse="empty"></div>', head=STYLE + RECORD_EVENTS), id="by wish"
        ),
    ],
)
async def test_unsold_slot_gives_up_its_place(reader: Reader, html: str) -> None:
    await reader.visit(html)
    await reader.tab.wait_for_function("heard.length")
    await expect(reader.tab.locator("[data-ad-slot]")).to_be_hidden()
    assert await reader.tab.evaluate("layoutShift") == 0 or "data-collapse" in html


async def test_broken_image_is_an_empty_slot_and_no_impression(reader: Reader) -> None:
    await reader.tab.route("**/a/*.png", lambda route: route.abort())
    await reader.visit(page(TOP, head=RECORD_EVENTS))
    await reader.tab.wait_for_function("heard.length")
    assert await reader.tab.evaluate("heard") == ["empty,top,wide,wide-728,broken"]
    assert reader.reported == []
    assert await reader.tab.locator(".adserver-label").count() == 0


async def test_old_picture_that_fails_late_takes_no_new_ad_away(reader: Reader) -> None:
    loading: list[Route] = []
    await reader.tab.route("**/a/*.png", lambda route: loading.append(route), times=1)
    await reader.visit(page(TOP, attributes='data-kv-show="large"', head=RECORD_EVENTS))
    await reader.tab.wait_for_selector("img", state="attached")
    await reader.tab.evaluate("document.querySelector('img').addEventListener('error', () => heard.push('failed'))")
    await reader.tab.evaluate("adserver.cmd.push(ad => { ad.set('show', null); ad.refresh(); })")
    await reader.until_reported("impression")
    await loading[0].abort()
    await reader.tab.wait_for_function("heard.includes('failed')")
    assert "empty,top,wide,wide-728,broken" not in await reader.tab.evaluate("heard")


async def test_page_that_is_written_anew_has_each_ad_once(reader: Reader) -> None:
    await reader.visit(article(head=STYLE))
    await reader.until_reported("impression", 3)
    await reader.tab.evaluate("document.body.innerHTML += '<p>Son dakika</p>'")
    await reader.until_reported("impression", 6)
    assert await reader.tab.locator("[data-ad-slot] .adserver-ad").count() == 3


async def test_page_hears_what_happens(reader: Reader) -> None:
    await reader.visit(page(TOP, head=RECORD_EVENTS))
    await reader.until_reported("viewable")
    assert await reader.tab.evaluate("heard") == ["rendered,top,wide,wide-728,", "viewable,top,wide,wide-728,"]


async def test_ad_server_that_is_away_leaves_the_page_alone(reader: Reader) -> None:
    await reader.tab.route("**/v1/**", lambda route: route.abort())
    await reader.visit(page(TOP + "<span data-article-views=42></span>", head=RECORD_EVENTS))
    await reader.tab.wait_for_function("heard.length")
    assert await reader.tab.evaluate("heard") == ["empty,top,,,Failed to fetch"]


async def test_debug_says_what_is_there_and_why_nothing_is(reader: Reader) -> None:
    await reader.visit(
        page(TOP + '<div data-ad-slot="unsold"></div><div data-ad-slot="x"></div>', attributes="data-debug")
    )
    await reader.until_reported("impression")
    shown = reader.tab.locator("[data-ad-slot] .adserver-debug")
    await expect(shown).to_contain_text(["top wide/wide-728 728x90", "unsold", "x"])
    await expect(shown).to_contain_text(
        [
            "counted: impression, viewable",
            "empty: no campaign is booked here now whose targeting holds (no-candidates)",
            "empty: the site has no slot of this name (unknown-slot)",
        ]
    )
    await expect(shown).to_contain_text(["asked: w=1280"] * 3)
    await expect(reader.tab.locator("html > .adserver-debug")).to_contain_text("demo-haber · requests: 1 · events: 2")


async def test_debug_stays_with_the_slot_that_has_no_ad_yet(reader: Reader) -> None:
    far = '<div style="height:155vh"></div>'
    await reader.visit(page(far + IN_ARTICLE + far, attributes="data-debug", head=STYLE))
    box = reader.tab.locator("[data-ad-slot] .adserver-debug")
    await expect(box).to_contain_text("counted: nothing yet")
    assert await box.evaluate("e => e.getBoundingClientRect().top") >= 900 * 1.55


async def test_destroyed_slot_is_empty(reader: Reader) -> None:
    await reader.visit(article())
    await reader.until_reported("impression", 3)
    await reader.tab.evaluate("adserver.cmd.push(ad => ad.destroy('top'))")
    assert await reader.tab.locator("[data-ad-slot=top] *").count() == 0
    assert await reader.tab.locator("[data-ad-slot=footer] img").count() == 1


async def test_frame_is_made_when_the_reader_comes_near(reader: Reader) -> None:
    far = '<div style="height:155vh"></div>'
    await reader.visit(page(TOP + far + IN_ARTICLE + far))
    await reader.until_reported("viewable")
    assert await reader.tab.locator("iframe").count() == 0
    await reader.tab.evaluate("scrollBy(0, innerHeight * .2)")
    await expect(reader.tab.frame_locator("iframe").locator("a")).to_have_text("Zeytin Market")
    await reader.until_reported("impression", 2)
    assert len(reader.asked) == 1


async def _after_the_first_frames(route: Route) -> None:
    await route.request.frame.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
    await route.continue_()
