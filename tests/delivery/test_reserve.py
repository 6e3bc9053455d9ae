import json
import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.delivery.reserve import LOOK, lacking, places, reservations_of, stylesheet
from adserver.inventory.model import Placement, SiteId, Size, Slot, SlotId


def slot(*sizes: str, name: str = "top", label: str = "REKLAM ALANI") -> Slot:
    return Slot(SlotId(1), SiteId(1), name, label, tuple(map(Size.parse, sizes)))


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        pytest.param(["300x250"], [(300, 270)], id="one size"),
        pytest.param(["970x250", "728x90", "320x100"], [(320, 120), (728, 120), (970, 270)], id="a lower one is wider"),
        pytest.param(["300x600", "970x90"], [(300, 620), (970, 620)], id="the highest is the narrowest"),
        pytest.param(["300x250", "300x600"], [(300, 620)], id="two of one width"),
        pytest.param([], [], id="no size"),
    ],
)
def test_place_grows_where_a_larger_size_begins_to_fit(sizes: Sequence[str], expected: list[tuple[int, int]]) -> None:
    assert [(r.from_width, r.height) for r in reservations_of(slot(*sizes))] == expected


def test_slot_without_label_reserves_no_line_for_it() -> None:
    assert [r.height for r in reservations_of(slot("300x250", label=""))] == [250]


def test_slots_share_the_media_query_of_one_width() -> None:
    slots = [slot("320x100"), slot("320x50", name="footer")]
    assert stylesheet(slots) == (
        ':root{--adserver-places:"";--adserver-lacking:""}\n'
        f"{LOOK}\n"
        "@media (min-width:320px){"
        '[data-ad-slot="footer"]:not([data-collapse="before"]){box-sizing:content-box;min-height:70px;'
        "grid-template-columns:minmax(0,320px);justify-content:center}"
        '[data-ad-slot="top"]:not([data-collapse="before"]){box-sizing:content-box;min-height:120px;'
        "grid-template-columns:minmax(0,320px);justify-content:center}}\n"
    )


def test_placement_reaches_the_tag_escaped() -> None:
    place = replace(slot("300x250"), placement=Placement(-2, 'main > [class="a b"]', min_paragraphs=5))
    [found] = json.loads(unquote(places([place, slot("728x90")])))
    assert found == {
        "slot": "top", "label": True, "sizes": [[300, 250]], "within": 'main > [class="a b"]',
        "after": -2, "every": None, "max": 1, "least": 5,
    }  # fmt: skip
    assert re.fullmatch(r"[\w%.~-]+", places([place]), re.ASCII), "nothing that ends a string of CSS"


def test_articles_that_lack_a_slot_are_told_by_a_selector() -> None:
    place = replace(slot("300x250", name="in"), placement=Placement(2, "main, .story", min_paragraphs=5))
    assert unquote(lacking([place, slot("728x90")])) == (
        ':is(main, .story):not(:has([data-ad-slot="in"])):has(p:nth-of-type(5))'
    )
    assert re.fullmatch(r"[\w%.~-]+", lacking([place]), re.ASCII), "nothing that ends a string of CSS"


def test_narrow_rules_stand_before_wide_ones_which_so_win() -> None:
    css = stylesheet([slot("970x250", "320x100")])
    assert css.index("min-width:320px") < css.index("min-width:970px")


def test_name_cannot_leave_its_selector() -> None:
    css = stylesheet([slot("300x250", name='a"]{}</style>ğ')])
    assert '[data-ad-slot="a\\22 \\5d \\7b \\7d \\3c \\2f style\\3e \\11f "]' in css


sizes = st.builds(Size, st.integers(1, 2000), st.integers(1, 1200))


@given(st.lists(sizes, min_size=1, max_size=8), st.integers(1, 2000))
def test_every_size_that_fits_the_viewport_finds_its_place_free(some: list[Size], viewport: int) -> None:
    place = Slot(SlotId(1), SiteId(1), "top", "REKLAM", tuple(some))
    reserved = max((r.height for r in reservations_of(place) if r.from_width <= viewport), default=0)
    assert reserved == max((size.height + 20 for size in some if size.width <= viewport), default=0)
