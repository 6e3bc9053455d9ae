from html.parser import HTMLParser

import pytest
from jinja2 import Environment

from adserver.console.snippets import WITH_TAG, WITHOUT_TAG, Placed, Way, Where, snippets_of
from adserver.delivery.template import AdServerExtension, Publisher
from adserver.inventory.model import Size

TOP = Placed("https://ads.example", "haber", "top", 'REKLAM "ALANI"', [Size(970, 250), Size(728, 90), Size(320, 100)])


def code(way: Way, where: Where, slot: Placed = TOP) -> str:
    [snippet] = snippets_of(slot, [way])
    [code] = [part.code for part in snippet.parts if part.where is where]
    return code


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | None]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] = dict(attrs)


def test_every_way_has_a_snippet() -> None:
    assert {snippet.way for snippet in snippets_of(TOP, (*WITH_TAG, *WITHOUT_TAG))} == set(Way)


def test_jinja_snippets_place_what_the_html_ones_say() -> None:
    environment = Environment(autoescape=True)
    settings = code(Way.JINJA, Where.SETTINGS)
    exec(settings, {"environment": environment})  # the settings are a program
    assert environment.adserver == Publisher("https://ads.example", "haber")
    assert AdServerExtension.identifier in environment.extensions
    slot = environment.from_string(code(Way.JINJA, Where.PLACE)).render()
    assert slot == code(Way.HTML, Where.PLACE) == '<div data-ad-slot="top"></div>'
    head = environment.from_string(code(Way.JINJA, Where.HEAD)).render(article={"id": 42, "section": "yerel"})
    assert head == code(Way.HTML, Where.HEAD)


@pytest.mark.parametrize("way", [Way.NGINX, Way.VARNISH])
def test_includes_bring_the_look_of_their_label(way: Way) -> None:
    assert code(way, Where.HEAD) == code(Way.HTML, Where.HEAD).split("\n")[0]
    assert code(way, Where.HEAD).startswith('<link rel="stylesheet"')


def test_frame_is_as_large_as_its_largest_ad_and_label() -> None:
    frame = Elements(code(Way.FRAME, Where.PLACE)).found["iframe"]
    assert frame["src"] == "https://ads.example/v1/slots/haber/top?as=frame&w=970"
    assert (frame["width"], frame["height"], frame["title"]) == ("970", "270", 'REKLAM "ALANI"')


def test_amp_frame_fits_a_phone_and_asks_by_https() -> None:
    local = TOP._replace(base="http://localhost:8000")
    frame = Elements(code(Way.AMP, Where.PLACE, local)).found["amp-iframe"]
    assert frame["src"] == "https://localhost:8000/v1/slots/haber/top?as=frame&w=320"
    assert (frame["width"], frame["height"]) == ("320", "120")
    assert "allow-same-origin" not in (frame["sandbox"] or "")


@pytest.mark.parametrize("way", [Way.MAIL, Way.NOSCRIPT])
def test_image_and_link_have_one_query(way: Way) -> None:
    found = Elements(code(way, Where.PLACE)).found
    link, image = found["a"]["href"] or "", found["img"]["src"] or ""
    assert link.split(".link?") == image.split(".img?")


def test_slot_whose_sizes_are_all_too_wide_gets_the_narrowest() -> None:
    wide = TOP._replace(sizes=[Size(970, 250), Size(728, 90)], label="")
    frame = Elements(code(Way.AMP, Where.PLACE, wide)).found["amp-iframe"]
    assert (frame["width"], frame["height"]) == ("728", "90")
    assert "w=728" in code(Way.MAIL, Where.PLACE, wide)
