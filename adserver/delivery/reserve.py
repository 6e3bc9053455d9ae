"""The stylesheet that keeps a slot's place free, so that nothing on the page moves when its ad arrives."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from adserver.inventory.model import Slot

LABEL_HEIGHT = 20
"""CSS pixels of the label's line above an ad, as `static/tag.js` draws it."""

_UNSAFE_IN_STRING = re.compile(r"[^\w-]", re.ASCII)


class Reservation(NamedTuple):
    """From this width of the viewport on, in CSS pixels, the slot's place is so high."""

    from_width: int
    slot: str
    height: int


def stylesheet(slots: Iterable[Slot]) -> str:
    """Return the rules for all slots: of the sizes no wider than the viewport, the highest, and the label's line.

    A page's width includes its scrollbar here and not in the tag's `w`: what is reserved may be higher than what
    comes, never lower. Where no size fits nothing is reserved, since nothing is shown.
    """
    reservations = sorted(reservation for slot in slots for reservation in reservations_of(slot))
    return "".join(
        f"@media (min-width:{width}px){{{''.join(map(_rule, group))}}}\n"
        for width, group in groupby(reservations, attrgetter("from_width"))
    )


def reservations_of(slot: Slot) -> Iterator[Reservation]:
    """Yield a reservation for each width at which the slot's place grows, narrowest first."""
    label = LABEL_HEIGHT if slot.label else 0
    highest = 0
    for width, height in sorted(slot.sizes):
        if height > highest:
            highest = height
            yield Reservation(width, slot.name, height + label)


def _rule(reservation: Reservation) -> str:
    name = _UNSAFE_IN_STRING.sub(lambda match: f"\\{ord(match[0]):x} ", reservation.slot)
    # content-box: a page's `* {box-sizing: border-box}` would take a slot's padding out of the reserved height.
    return f'[data-ad-slot="{name}"]{{box-sizing:content-box;min-height:{reservation.height}px}}'
