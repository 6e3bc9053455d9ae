"""What the tag asks for, and when."""

import pytest
from playwright.async_api import Route, expect

from tests.browser.pages import FOOTER, IN_ARTICLE, STYLE, TOP, article, page, tag
from tests.browser.reader import Reader

pytestmark = pytest.mark.browser

SHOWING = '<div data-ad-slot="in-article" data-kv-show="{}"></div>'
RECORD = """
<script>
  document.addEventListener("adserver:rendered", ({target, detail}) => { target.dataset.shown = detail.creative; });
</script>
"""
IN_BACKGROUND = """
let state = 'hidden';
Object.defineProperty(Document.prototype, 'hidden', {get: () => state === 'hidden'});
window.comeToFront = () => { state = 'visible'; document.dispatchEvent(new Event('visibilitychange')); };
"""
IN_PRERENDERING = """
let prerendering = true;
Object.defineProperty(Document.prototype, 'prerendering', {get: () => prerendering});
window.comeToFront = () => { prerendering = false; document.dispatchEvent(new Event('prerenderingchange')); };
"""


async def shown(reader: Reader) -> list[str | None]:
    """The creative that each slot of the page has been given."""
    return await reader.tab.evaluate(
        "[...document.querySelectorAll('[data-ad-slot]')].map(each => each.dataset.shown ?? null)"
    )


async def test_three_slots_are_one_request(reader: Reader) -> None:
    await reader.visit(article(attributes='data-article="42"'))
    await reader.until_reported("impression", 3)
    [asked] = reader.asked
    assert asked["site"] == ["demo-haber"]
    assert asked["slots"] == ["top,in-article,footer"]
    assert asked["article"] == ["42"]
    assert asked["page"] == ["https://demo-haber.example/haber/42"]
    assert asked["w"] == ["1280"]


async def test_key_values_of_the_script_hold_for_all_slots(reader: Reader) -> None:
    await reader.visit(article(attributes='data-kv-city="Kahramanmaraş" data-kv-keyword="yağış|tarım"'))
    await reader.until_asked(1)
    assert reader.asked[0]["kv.city"] == ["Kahramanmaraş"]
    assert reader.asked[0]["kv.keyword"] == ["yağış", "tarım"]


async def test_article_of_many_keywords_gets_its_ads(reader: Reader) -> None:
    keywords = "|".join(f"etiket {number}" for number in range(40))
    special = '<div data-ad-slot="in-article" data-kv-section="spor"></div>'
    await reader.visit(page(TOP + special, attributes=f'data-kv-section="yerel" data-kv-keyword="{keywords}"'))
    await reader.until_reported("impression", 2)
    [asked] = reader.asked
    assert (asked["kv.section"], asked["in-article.kv.section"]) == (["yerel"], ["spor"])


async def test_slot_with_key_values_of_its_own_is_asked_for_with_the_others(reader: Reader) -> None:
    await reader.visit(page(TOP + SHOWING.format("picture") + FOOTER, attributes='data-kv-show="large"', head=RECORD))
    await reader.until_reported("impression", 3)
    [asked] = reader.asked
    assert (asked["slots"], asked["kv.show"]) == (["top,in-article,footer"], ["large"])
    assert asked["in-article.kv.show"] == ["picture"]
    assert (await shown(reader))[:2] == ["large-970", "picture-300"]


async def test_slots_of_one_name_get_an_ad_each_within_the_limits_of_a_page(reader: Reader) -> None:
    await reader.visit(page(SHOWING.format("once") + IN_ARTICLE + SHOWING.format("once"), head=RECORD))
    await reader.until_reported("impression", 2)
    [asked] = reader.asked
    assert asked["slots"] == ["in-article,in-article~1,in-article~2"]
    assert asked["in-article~2.kv.show"] == ["once"]
    assert await shown(reader) == ["once-300", "text-300", None]


async def test_next_request_waits_for_the_answer_and_tells_what_the_page_shows(reader: Reader) -> None:
    held: list[Route] = []
    await reader.tab.route("**/v1/ads?*", lambda route: held.append(route))
    await reader.visit(page(TOP + SHOWING.format("once"), attributes='data-article="42"'))
    await reader.until_asked(1)
    for command in (
        "document.body.append(document.querySelector('[data-ad-slot]').cloneNode())",
        "adserver.article(43)",
    ):
        await reader.tab.evaluate(command)
    await reader.tab.evaluate("adserver.refresh('in-article')")
    await expect(reader.tab.locator("[data-ad-slot]")).to_have_count(3)
    assert len(reader.asked) == 1
    await held[0].continue_()
    await reader.until_asked(2)
    assert (reader.asked[1]["slots"], reader.asked[1]["article"]) == (["in-article,top"], ["43"])
    assert len(reader.asked[1]["shown"]) == 1


async def test_page_whose_answer_never_comes_asks_again_for_what_comes_later(reader: Reader) -> None:
    await reader.tab.clock.install()
    held: list[Route] = []
    await reader.tab.route("**/v1/ads?*slots=top*", lambda route: held.append(route))
    await reader.visit(page(TOP))
    await reader.until_asked(1)
    await reader.tab.evaluate(f"document.body.insertAdjacentHTML('beforeend', '{IN_ARTICLE}'); adserver.scan()")
    await reader.tab.clock.run_for(5_000)
    assert len(reader.asked) == 1
    await reader.tab.clock.run_for(6_000)
    await reader.until_asked(2)
    assert reader.asked[1]["slots"] == ["in-article"]


async def test_more_slots_than_fit_one_request_are_asked_for_next(reader: Reader) -> None:
    await reader.visit(page(TOP + SHOWING.format("once") + IN_ARTICLE * 15))
    await reader.until_asked(2)
    await reader.until_reported("impression", 4)
    first, second = reader.asked
    assert len(first["slots"][0].split(",")) == 16
    assert second["slots"] == ["in-article"]
    [told] = second["shown"]
    assert {"once", "text"} < set(told.split(","))


async def test_ad_that_the_page_took_away_is_not_told(reader: Reader) -> None:
    await reader.visit(page(TOP + SHOWING.format("once")))
    await reader.until_reported("impression", 2)
    await reader.tab.evaluate("adserver.destroy('in-article'); document.querySelector('[data-ad-slot=top]').remove()")
    await reader.tab.evaluate(f"document.body.insertAdjacentHTML('beforeend', '{FOOTER}')")
    await reader.until_asked(2)
    assert "shown" not in reader.asked[1]


async def test_commands_pushed_before_the_tag_apply_to_the_first_request(reader: Reader) -> None:
    queue = '<script>window.adserver = {cmd: [ad => ad.set("section", ["yerel", "gündem"])]}</script>'
    await reader.visit(article(head=queue))
    await reader.until_asked(1)
    assert reader.asked[0]["kv.section"] == ["yerel", "gündem"]


async def test_commands_pushed_later_run_at_once(reader: Reader) -> None:
    await reader.visit(article())
    await reader.until_asked(1)
    await reader.tab.evaluate("adserver.cmd.push(ad => { ad.set('section', 'spor'); ad.refresh('top'); })")
    await reader.until_asked(2)
    assert (reader.asked[1]["slots"], reader.asked[1]["kv.section"]) == (["top"], ["spor"])


async def test_failing_command_stops_nothing(reader: Reader) -> None:
    queue = '<script>window.adserver = {cmd: [() => { throw Error("ours"); }, ad => ad.set("a", "b")]}</script>'
    await reader.visit(article(head=queue))
    await reader.until_asked(1)
    assert reader.asked[0]["kv.a"] == ["b"]


async def test_article_added_while_scrolling_is_counted_and_filled(reader: Reader) -> None:
    await reader.visit(page(TOP, attributes='data-article="42"'))
    await reader.until_reported("view")
    await reader.tab.evaluate(
        """() => {
          document.body.insertAdjacentHTML('beforeend', '<div data-ad-slot="in-article"></div>');
          adserver.cmd.push(ad => ad.article(43), ad => ad.scan());
        }"""
    )
    await reader.until_reported("view", 2)
    assert (reader.asked[1]["slots"], reader.asked[1]["article"]) == (["in-article"], ["43"])


async def test_page_without_slots_counts_its_article(reader: Reader) -> None:
    await reader.visit(page("<p>Duyuru</p>", attributes='data-article="42"'))
    await reader.until_reported("view")
    assert reader.asked[0]["slots"] == [""]


async def test_page_back_from_the_cache_is_a_new_view_with_its_old_ads(reader: Reader) -> None:
    await reader.visit(article(attributes='data-article="42"'))
    await reader.until_reported("view")
    for event in ("pagehide", "pageshow"):
        await reader.tab.evaluate(f"dispatchEvent(new PageTransitionEvent('{event}', {{persisted: true}}))")
    await reader.until_reported("view", 2)
    assert (reader.asked[1]["slots"], reader.asked[1]["article"]) == ([""], ["42"])


@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param(f'<div style="display:none">{FOOTER}</div>', id="panel"),
        pytest.param(f"<details><summary>Künye</summary>{FOOTER}</details>", id="details"),
        pytest.param(FOOTER.replace("><", " hidden><"), id="itself"),
    ],
)
async def test_slot_that_is_not_displayed_is_not_asked_for(reader: Reader, hidden: str) -> None:
    await reader.visit(page(TOP + hidden, head=STYLE))
    await reader.until_asked(1)
    assert reader.asked[0]["slots"] == ["top"]
    await expect(reader.tab.locator("[data-ad-slot=footer]")).to_be_hidden()


async def test_slot_that_is_as_wide_as_its_ad_is_asked_for_with_the_others(reader: Reader) -> None:
    header = f'<header style="display:flex"><a href="/">Demo Haber</a>{TOP}</header>'
    await reader.visit(page(header + IN_ARTICLE))
    await reader.until_reported("impression", 2)
    assert [asked["slots"] for asked in reader.asked] == [["top,in-article"]]


async def test_tag_that_is_loaded_twice_works_once(reader: Reader) -> None:
    await reader.visit(article(head=tag()))
    await reader.until_reported("impression", 3)
    assert len(reader.asked) == 1


async def test_script_that_holds_up_the_page_does_not_hold_up_the_ads(reader: Reader) -> None:
    stalled: list[Route] = []
    await reader.tab.route("**/slow.js", lambda route: stalled.append(route))
    await reader.visit(page(TOP + '<script src="/slow.js"></script>' + FOOTER))
    await reader.until_asked(1)
    assert reader.asked[0]["slots"] == ["top"]
    await stalled[0].fulfill(body="")
    await reader.until_asked(2)
    assert reader.asked[1]["slots"] == ["footer"]


@pytest.mark.parametrize("behind", [IN_BACKGROUND, IN_PRERENDERING], ids=["in the background", "prerendered"])
async def test_nothing_is_asked_or_counted_before_the_page_is_seen(reader: Reader, behind: str) -> None:
    await reader.tab.add_init_script(behind)
    await reader.visit(article(attributes='data-article="42"'))
    await reader.tab.wait_for_load_state("networkidle")
    assert (reader.asked, reader.reported) == ([], [])
    await reader.tab.evaluate("comeToFront()")
    await reader.until_reported("impression", 3)
    assert len(reader.asked) == reader.count("view") == 1
