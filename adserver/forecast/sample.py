"""A worker's sample of ad requests: few, added up in memory, bounded.

No row can stand for a reader. Noted are the page's slots, the widest creative that fits, and the values of dimensions
that campaigns target or the operator declared: no address, no user agent, no page, no time. A combination leaves the
worker only after it came up MIN_NOTED times within the hour; at the hour's end the rarer ones lose one dimension after
the other until they are common, and in the end all of them. The table then knows the day.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from adserver.forecast.interests import Attributes, SiteInterests
from adserver.inventory.model import SiteId, SlotId

MIN_NOTED = 5
NOTED_A_MINUTE = 1200
"""At 15 µs each they take the five-thousandth part of a worker's time, and err far less than a forecast does."""
MAX_KINDS = 5_000
"""Combinations in memory: about 3 MB. What comes beyond is noted without its attributes."""


class PageKind(NamedTuple):
    """What ad requests have in common. `max_width` is 0 where any creative fits."""

    site_id: SiteId
    slots: tuple[SlotId, ...]
    max_width: int
    attributes: Attributes


class Amount(NamedTuple):
    """`noted` requests of the sample, which stand for `pages` of all."""

    pages: int
    noted: int

    def plus(self, other: "Amount") -> "Amount":
        return Amount(self.pages + other.pages, self.noted + other.noted)

    def minus(self, other: "Amount") -> "Amount":
        return Amount(self.pages - other.pages, self.noted - other.noted)


NOTHING = Amount(0, 0)


class TrafficSample:
    """Ask `is_due` of each ad request, and `note` those of which it is true."""

    def __init__(self, draw: Callable[[int], int] = random.randrange) -> None:
        self._draw = draw
        self._interests: Mapping[SiteId, SiteInterests] = {}
        self._kinds: dict[PageKind, Amount] = {}
        self._taken: dict[PageKind, Amount] = {}
        self._every = 1
        self._gap = 0
        self._asked = 0
        self._noted = 0

    def use(self, interests: Mapping[SiteId, SiteInterests]) -> None:
        """Note from now on what these find worth knowing. May be called from another thread."""
        self._interests = interests

    def is_due(self) -> bool:
        """Say whether to note this request: as many a minute as are worth it, at random distances."""
        self._asked += 1
        self._gap -= 1
        return self._gap < 0

    def note(
        self, site_id: SiteId, slots: Sequence[str], attributes: Mapping[str, Sequence[str]], max_width: int | None
    ) -> None:
        """Add an ad request: slots by name and values as they were sent."""
        self._noted += 1
        if self._noted > NOTED_A_MINUTE:
            # More come than a minute ago: each stands for twice as many from here on.
            self._noted, self._every = 0, 2 * self._every
        self._gap = self._draw(2 * self._every - 1)
        interests = self._interests.get(site_id)
        if interests is None or not (ids := interests.slot_ids(slots)):
            return
        kind = PageKind(site_id, ids, interests.width(max_width), interests.attributes(attributes))
        if kind not in self._kinds and len(self._kinds) >= MAX_KINDS:
            kind = kind._replace(attributes=())
        self._kinds[kind] = self._kinds.get(kind, NOTHING).plus(Amount(self._every, 1))

    def take(self) -> dict[PageKind, Amount]:
        """Return what came since the last call of the combinations that are common; to be called every minute."""
        self._every = max(1, -(-self._asked // NOTED_A_MINUTE))
        self._asked = self._noted = 0
        common = {kind: amount for kind, amount in self._kinds.items() if amount.noted >= MIN_NOTED}
        added = {kind: amount.minus(self._taken.get(kind, NOTHING)) for kind, amount in common.items()}
        self._taken |= common
        return {kind: amount for kind, amount in added.items() if amount.noted}

    def close(self) -> dict[PageKind, Amount]:
        """Return the rest of the hour, rare combinations made common, and begin anew."""
        rest = self.take()
        rare = {kind: amount for kind, amount in self._kinds.items() if kind not in self._taken}
        self._kinds, self._taken = {}, {}
        for kind, amount in self._fold(rare):
            rest[kind] = rest.get(kind, NOTHING).plus(amount)
        return rest

    def _fold(self, rare: Mapping[PageKind, Amount]) -> Iterator[tuple[PageKind, Amount]]:
        """Drop one dimension after the other, the least important first, from what is still rare."""
        while rare:
            folded: defaultdict[PageKind, Amount] = defaultdict(lambda: NOTHING)
            for kind, amount in rare.items():
                folded[self._with_less(kind)] = folded[self._with_less(kind)].plus(amount)
            rare = {}
            for kind, amount in folded.items():
                if kind.attributes and amount.noted < MIN_NOTED:
                    rare[kind] = amount
                else:
                    yield kind, amount

    def _with_less(self, kind: PageKind) -> PageKind:
        interests = self._interests.get(kind.site_id)
        order = interests.dimensions if interests else ()
        kept = [name for name, _ in kind.attributes]
        least = max(kept, key=lambda name: order.index(name) if name in order else len(order), default=None)
        return kind._replace(attributes=tuple(pair for pair in kind.attributes if pair[0] != least))
