"""What readers of a real WordPress get: its pages with the plugin's ads, and what Postgres holds of them."""

import re
from collections.abc import Awaitable, Callable
from html import unescape
from urllib.parse import parse_qs, urlsplit

import asyncpg
import httpx2
import pytest
from playwright.async_api import Page, Request, expect
from redis.asyncio import Redis

from adserver.counting.flush import flush_all
from tests.browser.conftest import LiveServer, live_server
from tests.browsing import USER_AGENT
from tests.deploy.wordpress import ADMINISTRATOR, OpenTab, WordPress, html_of
from tests.waiting import until

__all__ = ["live_server"]

P = "<!-- wp:paragraph --><p>Metin.</p><!-- /wp:paragraph -->\n"
HEADING = "<!-- wp:heading --><h2>Başlık</h2><!-- /wp:heading -->\n"
PICTURE = '<figure class="wp-block-image"><img src="/wp-includes/images/blank.gif" alt=""/></figure>'
IMAGE = f"<!-- wp:image -->{PICTURE}<!-- /wp:image -->\n"
SHORTCODE = '<!-- wp:shortcode -->[adserver_slot name="top" city="Antalya"]<!-- /wp:shortcode -->\n'
BLOCK = '<!-- wp:adserver/slot {"name":"footer","values":"keyword=konser|sahil","collapse":"empty"} /-->\n'
VIEWS = "<!-- wp:paragraph --><p>[adserver_views] kez okundu</p><!-- /wp:paragraph -->\n"

PLACED = {"before": "top", "inside": "in-article", "after": "footer"}
MARK = re.compile(r'<(?:div data-ad-slot="([\w-]+)"|(p|h2|figure)\b)')

SetUp = Callable[..., Awaitable[None]]
Counted = Callable[[], Awaitable[tuple[int, int]]]


@pytest.fixture
async def set_up(wordpress: WordPress, live_server: LiveServer) -> SetUp:
    """Sets the plugin up for the running ad server."""

    async def set_up(**options: object) -> None:
        own = {
            "base": f"http://127.0.0.1:{live_server.port}",
            "site": "demo-haber",
            "reserve": True,
            "count_views": True,
        }
        await wordpress.call("update_option", "adserver", {**own, "sections": True, "keywords": True, **options})

    return set_up


@pytest.fixture
def counted(connection: asyncpg.Connection, redis: Redis) -> Counted:
    """Flushes, and returns the impressions and the article views that Postgres holds."""

    async def read() -> tuple[int, int]:
        await flush_all(redis, connection)
        return tuple(
            await connection.fetchrow(
                """select (select coalesce(sum(impressions), 0)::int from hourly),
                    (select coalesce(sum(views), 0)::int from article_hourly)"""
            )
        )

    return read


def asked_by(tab: Page) -> list[dict[str, list[str]]]:
    """The requests for ads that the page will have made."""
    asked: list[dict[str, list[str]]] = []

    def note(request: Request) -> None:
        address = urlsplit(request.url)
        if address.path == "/v1/ads":
            asked.append(parse_qs(address.query))

    tab.on("request", note)
    return asked


async def marks_of(address: str) -> list[str]:
    """The slots, paragraphs, headings and figures of a post's content, in order."""
    content = (await html_of(address)).partition("entry-content")[2].partition("wp-block-template-part")[0]
    return [slot or element for slot, element in MARK.findall(content)]


@pytest.mark.browser
async def test_ads_of_shortcode_block_and_automatic_place_are_seen_and_counted(
    wordpress: WordPress, set_up: SetUp, open_tab: OpenTab, counted: Counted
) -> None:
    await set_up(inside="in-article", city_field="sehir")
    category = await wordpress.call("wp_create_category", "Yerel Haber")
    labels = {"post_category": [category], "tags_input": ["deniz", "Şenlik"], "meta_input": {"sehir": "Muğla"}}
    post = await wordpress.publish(SHORTCODE + P * 4 + BLOCK + VIEWS, **labels)
    tab = await open_tab(viewport={"width": 1280, "height": 2000})
    asked = asked_by(tab)
    await tab.goto(wordpress.address(post))
    await expect(tab.locator("[data-ad-slot] :is(img, iframe)")).to_have_count(3)
    await expect(tab.locator("[data-ad-slot=top] .adserver-label")).to_have_text("REKLAM ALANI")
    assert await tab.locator("script[data-site]").count() == 1
    assert await tab.locator("link[href*='/v1/slots/']").count() == 1
    about = {"kv.section": ["yerel-haber"], "kv.keyword": ["deniz", "Şenlik"], "kv.city": ["Muğla"]}
    own = {"top.kv.city": ["Antalya"], "footer.kv.keyword": ["konser", "sahil"]}
    [ask] = asked
    assert {name: values for name, values in ask.items() if "kv." in name} == {**about, **own}
    assert ask["article"] == [str(post)]
    await until(lambda: _is(counted, (3, 1)))
    await expect(tab.locator("[data-article-views]")).to_have_text("0")


async def test_automatic_slots_stand_where_the_rules_allow(wordpress: WordPress, set_up: SetUp) -> None:
    await set_up(**PLACED)
    post = await wordpress.publish(P * 2 + HEADING + P + IMAGE + P + SHORTCODE + P * 3)
    p = "p"
    inside = [p, p, "h2", p, "figure", p, "top", p, "in-article", p, p]
    assert await marks_of(wordpress.address(post)) == ["top", *inside, "footer"]
    short = await wordpress.publish(P * 3)
    assert await marks_of(wordpress.address(short)) == ["top", p, p, p, "footer"]


async def test_where_no_ads_are_wanted_there_are_none(wordpress: WordPress, set_up: SetUp) -> None:
    await set_up(**PLACED, feed="footer", without_ads=["afet"])
    disasters = await wordpress.call("wp_create_category", "Afet")
    floods = await wordpress.call("wp_create_category", "Sel", disasters)
    content = P * 5 + SHORTCODE + BLOCK
    post = await wordpress.publish(content)
    off = await wordpress.publish(content, meta_input={"_adserver_off": "1"})
    disaster = await wordpress.publish(content, post_category=[disasters])
    flood = await wordpress.publish(content, post_category=[floods])
    for free in (off, disaster, flood):
        html = await html_of(wordpress.address(free))
        assert "data-ad-slot" not in html
        assert re.search(rf'data-article="{free}"[^>]* data-placement="off"', html), (
            "its views are counted all the same"
        )
    locked = await wordpress.publish(content, post_password="gizli")
    for nowhere in (
        wordpress.address(locked),
        wordpress.address(post) + "&amp=1",
        wordpress.address(post) + "&embed=true",
    ):
        html = await html_of(nowhere)
        assert "data-ad-slot" not in html, nowhere
        assert "data-article" not in html, nowhere
    assert "data-ad-slot" not in await html_of(wordpress.url + "/?p=999999", status=404)
    assert "data-ad-slot" not in await wordpress.call("get_the_excerpt", post)


@pytest.mark.browser
async def test_preview_shows_where_ads_will_be_and_counts_nothing(
    wordpress: WordPress, set_up: SetUp, open_tab: OpenTab
) -> None:
    await set_up(**PLACED)
    draft = await wordpress.publish(P * 4 + SHORTCODE, post_status="draft")
    tab = await open_tab(ADMINISTRATOR)
    await tab.goto(wordpress.address(draft) + "&preview=true")
    html = await tab.content()
    assert re.findall("Ad slot: ([a-z-]+)", html) == ["top", "in-article", "top", "footer"]
    assert "data-ad-slot" not in html
    assert "/tag.js" not in html


async def test_slots_of_an_article_are_no_part_of_it_elsewhere(wordpress: WordPress, set_up: SetUp) -> None:
    await set_up(**PLACED)
    post = await wordpress.publish(P * 5)
    page = await wordpress.publish(P * 5, post_type="page")
    assert "data-ad-slot" not in await html_of(f"{wordpress.url}/?rest_route=/wp/v2/posts/{post}")
    html = await html_of(f"{wordpress.url}/?page_id={page}")
    assert html.count("/tag.js") == 1, "the tag, for slots that somebody places"
    assert "data-ad-slot" not in html
    front = await html_of(wordpress.url)
    assert "data-ad-slot" not in front
    assert 'data-kv-section="home"' in front


async def test_feed_has_an_image_in_its_link(wordpress: WordPress, set_up: SetUp, live_server: LiveServer) -> None:
    await set_up(**PLACED, feed="footer")
    category = await wordpress.call("wp_create_category", "Spor")
    post = await wordpress.publish(P * 5 + SHORTCODE + BLOCK + VIEWS, post_category=[category])
    off = await wordpress.publish(P, meta_input={"_adserver_off": "1"})
    locked = await wordpress.publish(P, post_password="gizli")
    feed = await html_of(f"{wordpress.url}/?feed=rss2")
    assert "data-ad-slot" not in feed
    assert "data-article-views" not in feed
    image = re.search(rf'<a href="[^"]+"[^>]*><img src="([^"]+/footer.img\?n={post}&amp;kv.section=spor)"', feed)
    assert image
    assert f"n={off}&" not in feed
    assert f"n={locked}&" not in feed
    async with httpx2.AsyncClient(timeout=60) as client:
        answer = await client.get(unescape(image[1]))
        assert answer.status_code in (200, 302)


@pytest.mark.browser
async def test_page_from_a_full_page_cache_counts_for_each_reader(
    wordpress: WordPress, set_up: SetUp, open_tab: OpenTab, counted: Counted
) -> None:
    await set_up(before="top")
    address = wordpress.address(await wordpress.publish(P * 2))
    (wordpress.content / "page.html").write_text(await html_of(address))
    for reader in (USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"):
        tab = await open_tab(user_agent=reader)
        await tab.goto(f"{wordpress.url}/wp-content/page.html")
        await expect(tab.locator("[data-ad-slot=top] img")).to_be_visible()
    await until(lambda: _is(counted, (2, 2)))


@pytest.mark.browser
async def test_page_is_whole_while_the_ad_server_is_away(
    wordpress: WordPress, set_up: SetUp, open_tab: OpenTab
) -> None:
    await set_up(base="http://127.0.0.1:1", **PLACED)
    tab = await open_tab()
    await tab.goto(wordpress.address(await wordpress.publish(P * 4 + VIEWS)))
    await expect(tab.locator(".entry-content > p").last).to_have_text(" kez okundu")
    assert await tab.locator("[data-ad-slot]").evaluate_all("slots => slots.map(slot => slot.offsetHeight)") == [
        0,
        0,
        0,
    ]


async def _is(counted: Counted, expected: tuple[int, int]) -> bool:
    return await counted() == expected
