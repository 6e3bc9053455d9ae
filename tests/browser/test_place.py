"""Slots that the tag puts into articles by itself."""

import pytest

from tests.browser.conftest import Stored
from tests.browser.pages import PARAGRAPH, STYLE, TOP, page
from tests.browser.reader import PHONE, Reader
from tests.browser.test_events import Until

pytestmark = pytest.mark.browser

OPENING = '<div style="height: 100vh">Fotoğraf</div>'
# Where the tag's slots stand among the paragraphs of the page: "ppsp" is a slot after the second of three.
ORDER = """
() => [...document.querySelectorAll('p, main [data-ad-slot]')].map(e => e.matches('p') ? 'p' : 's').join('')
"""


def story(body: str, *, opening: str = OPENING, attributes: str = "", head: str = STYLE) -> str:
    return page(f"{opening}<main><article>{body}</article></main>", attributes=attributes, head=head)


async def test_slot_comes_after_the_second_paragraph_and_moves_nothing(reader: Reader, until_stored: Until) -> None:
    await reader.visit(story(PARAGRAPH * 6))
    slot = reader.tab.locator("article > p:nth-of-type(2) + [data-ad-slot=inside]")
    await slot.scroll_into_view_if_needed()
    await reader.until_reported("viewable")
    assert await reader.tab.locator("[data-ad-slot=inside] .adserver-label").inner_text() == "ARA REKLAM ALANI"
    assert await reader.tab.evaluate(ORDER) == "ppspppp"
    assert await reader.tab.evaluate("layoutShift") == 0
    await until_stored(Stored(impressions=1, viewable=1))


@pytest.mark.parametrize("reader", [PHONE], indirect=True)
async def test_page_without_the_stylesheet_gets_its_slot_too(reader: Reader) -> None:
    await reader.visit(story(PARAGRAPH * 6, head=""))
    await reader.tab.locator("[data-ad-slot=inside]").scroll_into_view_if_needed()
    await reader.until_reported("impression")
    assert await reader.tab.evaluate(ORDER) == "ppspppp"
    assert await reader.tab.evaluate("layoutShift") == 0


@pytest.mark.parametrize(
    ("body", "order"),
    [
        pytest.param(f"{PARAGRAPH * 2}<h2>Ara başlık</h2>{PARAGRAPH * 3}", "pppspp", id="before a heading"),
        pytest.param(f"{PARAGRAPH * 2}<img alt='' width=9 height=9>{PARAGRAPH * 3}", "pppspp", id="before a picture"),
        pytest.param(f"{PARAGRAPH * 2}<figure><img alt=''></figure>{PARAGRAPH * 3}", "pppspp", id="before a figure"),
        pytest.param(f"{PARAGRAPH * 2}<div><iframe></iframe></div>{PARAGRAPH * 3}", "pppspp", id="before an embed"),
        pytest.param(f"{PARAGRAPH}<p>.<img alt=''></p>{PARAGRAPH * 3}", "pppsp" + "p", id="after a picture"),
        pytest.param(
            f"{PARAGRAPH * 2}<p>&nbsp;<br></p><style></style><img alt=''>{PARAGRAPH * 3}",
            "ppppspp",
            id="before a picture with nothing between",
        ),
        pytest.param(
            f"<img alt='' width=90 height=70 style='float:right'>{PARAGRAPH * 5}", "pppspp", id="beside a picture"
        ),
        pytest.param(f"{PARAGRAPH}<p> </p>{PARAGRAPH * 3}", "pppspp", id="an empty paragraph is none"),
        pytest.param(f"<div>{PARAGRAPH * 5}</div>", "ppsppp", id="a text in a block of its own"),
        pytest.param(
            f"<blockquote>{PARAGRAPH * 2}</blockquote>{PARAGRAPH * 4}", "ppppspp", id="quotes are not counted"
        ),
        pytest.param(PARAGRAPH * 3, "ppp", id="never in a short article"),
        pytest.param(f"{PARAGRAPH * 2}{'<h3>Soru</h3><p>Cevap</p>' * 3}", "ppppps", id="only the end is free"),
    ],
)
async def test_slot_is_never_beside_what_it_could_be_taken_for(reader: Reader, body: str, order: str) -> None:
    await reader.visit(story(body + "<hr>"))
    await reader.until_placed()
    assert await reader.tab.evaluate(ORDER) == order


async def test_slot_is_not_beside_another_ad(reader: Reader) -> None:
    await reader.visit(story(f"{PARAGRAPH * 2}{TOP}{PARAGRAPH * 3}"))
    await reader.until_placed()
    assert await reader.tab.evaluate(ORDER) == "ppspspp"


async def test_slot_comes_every_so_many_paragraphs_at_most_so_often(reader: Reader) -> None:
    await reader.visit(page(f"{OPENING}<main class=long>{PARAGRAPH * 14}</main>", head=STYLE))
    await reader.until_placed()
    assert await reader.tab.evaluate(ORDER) == "pppspppspppppppp"


async def test_paragraphs_are_counted_from_the_end_too(reader: Reader) -> None:
    await reader.visit(page(f"{OPENING}<main><div class=ends>{PARAGRAPH * 5}</div></main>", head=STYLE))
    await reader.until_placed()
    assert await reader.tab.evaluate(ORDER) == "ppppsp"


async def test_place_in_sight_is_passed_over_for_one_below(reader: Reader) -> None:
    tall = PARAGRAPH.replace("<p>", '<p style="height: 40vh">')
    await reader.visit(story(tall * 6, opening=""))
    await reader.tab.wait_for_function("document.querySelector('[data-ad-slot=inside]')")
    slot = await reader.tab.locator("[data-ad-slot=inside]").bounding_box()
    assert slot is not None
    assert slot["y"] >= 900
    assert await reader.tab.evaluate("layoutShift") == 0


async def test_article_that_is_all_in_sight_has_its_slot_where_it_belongs(reader: Reader) -> None:
    await reader.visit(story(PARAGRAPH * 6, opening=""))
    await reader.until_reported("impression")
    assert await reader.tab.evaluate(ORDER) == "ppspppp"


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(story(PARAGRAPH * 6, attributes='data-placement="off"'), id="by the script's attribute"),
        pytest.param(
            story(PARAGRAPH * 6).replace("<article", '<article data-ad-placement="off"'),
            id="by the article's attribute",
        ),
        pytest.param(
            story(PARAGRAPH * 6).replace("<body", '<body data-ad-placement="off"'), id="by the page's attribute"
        ),
    ],
)
async def test_page_switches_placement_off(reader: Reader, html: str) -> None:
    await reader.visit(html)
    await reader.until_placed()
    assert await reader.tab.evaluate(ORDER) == "pppppp"


async def test_slot_of_the_template_is_not_placed_again(reader: Reader) -> None:
    await reader.visit(story(f'{PARAGRAPH * 5}<div data-ad-slot="inside"></div>{PARAGRAPH}'))
    await reader.until_placed()
    assert await reader.tab.evaluate(ORDER) == "pppppsp"


async def test_article_that_comes_later_gets_its_slot(reader: Reader) -> None:
    await reader.visit(story(PARAGRAPH * 6))
    await reader.until_placed()
    await reader.tab.evaluate(
        "html => document.querySelector('main').insertAdjacentHTML('beforeend', html)",
        f"<article>{PARAGRAPH * 5}</article>",
    )
    await reader.tab.wait_for_function("document.querySelectorAll('[data-ad-slot=inside]').length === 2")
    assert await reader.tab.evaluate(ORDER) == "ppspppp" + "ppsppp"


async def test_article_whose_text_is_replaced_gets_its_slot_again(reader: Reader) -> None:
    await reader.visit(story(PARAGRAPH * 6))
    await reader.until_placed()
    await reader.tab.evaluate("html => { document.querySelector('article').innerHTML = html; }", PARAGRAPH * 5)
    await reader.tab.wait_for_selector("[data-ad-slot=inside]", state="attached")
    assert await reader.tab.evaluate(ORDER) == "ppsppp"


async def test_part_is_loaded_once_an_article_lacks_its_slot(reader: Reader) -> None:
    parts: list[str] = []
    reader.tab.on("request", lambda request: parts.append(request.url) if "?part=place" in request.url else None)
    placed = f'{PARAGRAPH * 3}<div data-ad-slot="inside"></div>{PARAGRAPH}'
    await reader.visit(page(f"{OPENING}<main><article>{placed}</article></main>", head=STYLE))
    await reader.tab.wait_for_load_state("networkidle")
    assert parts == []
    await reader.tab.evaluate(
        "html => document.querySelector('main').insertAdjacentHTML('beforeend', html)",
        f"<article>{PARAGRAPH * 5}</article>",
    )
    await reader.tab.wait_for_function("document.querySelector('article + article [data-ad-slot=inside]')")
