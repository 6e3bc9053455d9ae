"""Whose impressions a slot has: for each slot the shares of its requests by the targets that they meet."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adserver.decision.dimension import Dimension
from adserver.decision.schedule import HOURS
from adserver.forecast.sample import Amount, PageKind
from adserver.forecast.target import Target
from adserver.inventory.model import Condition, SiteId, SlotId

LEAST_SHARE = 1e-3
"""Of a kind of page: what a guess about unknown attributes leaves below that goes to the likeliest."""

Kinds = Mapping[PageKind, Amount]
Shares = Mapping[int, float]
"""Targets as a bitmask, and the share of requests that meets exactly these; they sum to 1."""


@dataclass(frozen=True, slots=True)
class Audience:
    """`shares` by slot; `noted` is how many sampled requests of the slot they rest on, 0 where those of its site's
    other slots had to do; `slots_a_page` is how many slots a page has that meet the first target, where it has any.
    `unknown` are dimensions that targets name and nothing is known of."""

    shares: Mapping[SlotId, Shares]
    noted: Mapping[SlotId, int]
    slots_a_page: float
    unknown: frozenset[str]


def audience_of(kinds: Kinds, targets: Sequence[Target], slots: Mapping[SlotId, SiteId]) -> Audience:
    """Divide the slots' requests as the sampled kinds of pages say.

    A dimension that a kind does not know is taken to be as on all pages of its site that do; one of which nothing is
    known, as if no request had a value. A slot without any sample is taken to be on every page of its site.
    """
    sites: defaultdict[SiteId, dict[PageKind, Amount]] = defaultdict(dict)
    for kind, amount in kinds.items():
        sites[kind.site_id][kind] = amount
    pages = _Pages(targets)
    for site_id in sorted(set(slots.values())):
        pages.add_site(sites[site_id], [slot for slot, site in slots.items() if site == site_id])
    return pages.audience()


class _Pages:
    """Adds the kinds of pages up by slot and by the targets that are met."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._everyone = (1 << len(targets)) - 1
        self._targets = targets
        self._dimensions = {name: Dimension(name, each, len(targets)) for name, each in _conditions(targets).items()}
        self._held: dict[tuple[str, tuple[str, ...]], int] = {}
        self._shares: dict[SlotId, dict[int, float]] = {}
        self._noted: dict[SlotId, int] = {}
        self._met_slots = self._met_pages = 0.0
        self._known: set[str] = set()

    def add_site(self, kinds: Kinds, slots: Sequence[SlotId]) -> None:
        guesses = self._guesses(kinds)
        seen = {slot for kind in kinds for slot in kind.slots}
        elsewhere = [slot for slot in slots if slot not in seen]
        pages: dict[SlotId, defaultdict[int, float]] = {slot: defaultdict(float) for slot in slots}
        noted: defaultdict[SlotId, int] = defaultdict(int)
        fitting = {slot: self._fitting(slot) for slot in slots}
        for kind, amount in kinds.items():
            here = [slot for slot in kind.slots if slot in pages]
            for slot in here:
                noted[slot] += amount.noted
            for mask, share in self._meeting(kind, guesses):
                met = [(slot, mask & _narrow(fitting[slot], kind.max_width)) for slot in (*here, *elsewhere)]
                for slot, targets in met:
                    pages[slot][targets] += amount.pages * share
                self._add_page([targets for slot, targets in met if slot in here], amount.pages * share)
        for slot in slots:
            whole = sum(pages[slot].values())
            empty = {self._fallback(fitting[slot]): 1.0}
            self._shares[slot] = {mask: each / whole for mask, each in pages[slot].items()} if whole else empty
            self._noted[slot] = noted[slot]

    def audience(self) -> Audience:
        slots_a_page = self._met_slots / self._met_pages if self._met_pages else 1.0
        return Audience(self._shares, self._noted, slots_a_page, frozenset(self._dimensions) - self._known)

    def _add_page(self, met: Sequence[int], pages: float) -> None:
        if slots := sum(mask & 1 for mask in met):
            self._met_slots += pages * slots
            self._met_pages += pages

    def _meeting(self, kind: PageKind, guesses: Mapping[str, Sequence[tuple[int, float]]]) -> list[tuple[int, float]]:
        """The targets whose conditions such pages meet, and the share of them; several where attributes are unknown."""
        known = dict(kind.attributes)
        sure, likely = self._everyone, [(self._everyone, 1.0)]
        for name in self._dimensions:
            if name in known:
                sure &= self._holding(name, known[name])
            else:
                likely = _both(likely, guesses[name])
        return [(sure & mask, share) for mask, share in likely]

    def _guesses(self, kinds: Kinds) -> dict[str, list[tuple[int, float]]]:
        """For each dimension how those pages are divided that know it."""
        divided: dict[str, defaultdict[int, float]] = {name: defaultdict(float) for name in self._dimensions}
        for kind, amount in kinds.items():
            for name, values in kind.attributes:
                if name in divided:
                    divided[name][self._holding(name, values)] += amount.pages
        self._known.update(name for name, masks in divided.items() if masks)
        return {
            name: [(mask, pages / sum(masks.values())) for mask, pages in masks.items()]
            if masks
            else [(self._holding(name, ()), 1.0)]
            for name, masks in divided.items()
        }

    def _fallback(self, fitting: Sequence[tuple[int, int]]) -> int:
        """The targets that a request meets of which nothing is known."""
        mask = _narrow(fitting, 0)
        for name in self._dimensions:
            mask &= self._holding(name, ())
        return mask

    def _holding(self, name: str, values: tuple[str, ...]) -> int:
        key = (name, values)
        mask = self._held.get(key)
        if mask is None:
            mask = self._held[key] = self._dimensions[name].holding(values)
        return mask

    def _fitting(self, slot: SlotId) -> list[tuple[int, int]]:
        """The targets of a slot by the width that the narrowest of their creatives needs."""
        masks: defaultdict[int, int] = defaultdict(int)
        for number, target in enumerate(self._targets):
            if slot in target.slots:
                masks[target.slots[slot]] |= 1 << number
        return sorted(masks.items())


def _conditions(targets: Sequence[Target]) -> dict[str, list[tuple[int, Condition]]]:
    conditions: defaultdict[str, list[tuple[int, Condition]]] = defaultdict(list)
    for number, target in enumerate(targets):
        for name, condition in target.targeting.items():
            if name != HOURS:
                conditions[name].append((number, condition))
    return dict(sorted(conditions.items()))


def _narrow(fitting: Sequence[tuple[int, int]], max_width: int) -> int:
    mask = 0
    for width, targets in fitting:
        if not max_width or width <= max_width:
            mask |= targets
    return mask


def _both(some: Sequence[tuple[int, float]], more: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Two independent divisions as one; what is hardly ever is left to the rest."""
    product: defaultdict[int, float] = defaultdict(float)
    for mask, share in some:
        for other, part in more:
            product[mask & other] += share * part
    kept = {mask: share for mask, share in product.items() if share >= LEAST_SHARE} or product
    whole = sum(kept.values())
    return [(mask, share / whole) for mask, share in kept.items()]
