"""The site's stylesheet: it keeps each slot's place free, so that nothing moves when an ad arrives, says how ads look,
and tells the tag which slots to put into the page by itself."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from urllib.parse import quote

from adserver.inventory.model import Placement, Slot

LABEL_HEIGHT = 20
"""CSS pixels of the label's line above an ad, as `LOOK` draws it."""

ARTICLE = "article"
"""CSS selector of what slots are put into, where a placement names nothing else."""

SHORT_ARTICLE = 4
"""Paragraphs: an article with fewer is left alone, where a placement names no other number."""

# :where() weighs nothing: any rule of the page for these classes wins. The same is in `static/tag/parts/style.js`.
LOOK = (
    ":where([data-ad-slot]:not([hidden])){display:grid;align-content:center}"
    ":where(.adserver-ad){position:relative;min-width:0;break-inside:avoid}"
    ":where(.adserver-label){font:11px/20px system-ui,sans-serif;height:20px;overflow:hidden;white-space:nowrap;"
    "letter-spacing:.06em;text-align:center;text-overflow:ellipsis;opacity:.7}"
)

_UNSAFE_IN_STRING = re.compile(r"[^\w-]", re.ASCII)


class Reservation(NamedTuple):
    """From this width of the viewport on, in CSS pixels, the slot's place is so wide, if there is room, and so high."""

    from_width: int
    slot: str
    height: int


def stylesheet(slots: Iterable[Slot]) -> str:
    """Return the rules for all slots: of the sizes no wider than the viewport, the widest and the highest, and the
    label's line.

    A page's width includes its scrollbar here and not in the tag's `w`: what is reserved may be higher than what
    comes, never lower. Where no size fits nothing is reserved, since nothing is shown.
    """
    slots = list(slots)
    reservations = sorted(reservation for slot in slots for reservation in reservations_of(slot))
    # Properties of our own are read without a request, and before the first paint: the page loads this anyway. By the
    # second the tag also knows that ads have their look: a copy of older rules has neither, and a part brings it.
    own = f'--adserver-places:"{places(slots)}";--adserver-lacking:"{lacking(slots)}"'
    return f":root{{{own}}}\n{LOOK}\n" + "".join(
        f"@media (min-width:{width}px){{{''.join(map(_rule, group))}}}\n"
        for width, group in groupby(reservations, attrgetter("from_width"))
    )


def places(slots: Iterable[Slot]) -> str:
    """Return the slots with a placement as `static/tag/parts/place.js` reads them: JSON, escaped as an address is; ""
    where no slot has one."""
    data = [_place(slot, slot.placement) for slot in slots if slot.placement is not None]
    return quote(json.dumps(data, separators=(",", ":")), safe="") if data else ""


def lacking(slots: Iterable[Slot]) -> str:
    """Return the CSS selector of articles that may get a slot which they lack, escaped as an address is; "" where no
    slot has a placement."""
    selectors = [
        f":is({slot.placement.within or ARTICLE})"
        f":not(:has({_selector(slot.name)}))"
        f":has(p:nth-of-type({slot.placement.min_paragraphs or SHORT_ARTICLE}))"
        for slot in slots
        if slot.placement is not None
    ]
    return quote(",".join(selectors), safe="")


def reservations_of(slot: Slot) -> Iterator[Reservation]:
    """Yield a reservation for each width at which the slot's place grows, narrowest first."""
    label = LABEL_HEIGHT if slot.label else 0
    highest = 0
    for width, sizes in groupby(sorted(slot.sizes), attrgetter("width")):
        highest = max(highest, *(size.height for size in sizes))
        yield Reservation(width, slot.name, highest + label)


def _place(slot: Slot, placement: Placement) -> dict[str, object]:
    return {
        "slot": slot.name,
        "label": bool(slot.label),
        "sizes": slot.sizes,
        "within": placement.within or ARTICLE,
        "after": placement.after_paragraph,
        "every": placement.every,
        "max": placement.max or 1,
        "least": placement.min_paragraphs or SHORT_ARTICLE,
    }


def _rule(reservation: Reservation) -> str:
    # content-box: a page's `* {box-sizing: border-box}` would take a slot's padding out of the reserved height. The
    # column is for places that are as wide as what is in them, beside a logo or in a table: it may shrink to nothing.
    place = f'{_selector(reservation.slot)}:not([data-collapse="before"])'
    column = f"grid-template-columns:minmax(0,{reservation.from_width}px);justify-content:center"
    return f"{place}{{box-sizing:content-box;min-height:{reservation.height}px;{column}}}"


def _selector(slot: str) -> str:
    name = _UNSAFE_IN_STRING.sub(lambda match: f"\\{ord(match[0]):x} ", slot)
    return f'[data-ad-slot="{name}"]'
