"""Who is shown in each slot of a page: the best tier, then a draw."""

from collections.abc import Callable, Sequence

from adserver.decision.bits import nth_position, positions_of
from adserver.decision.index import SHARE_UNIT, Candidate, DecisionIndex, SiteIndex, SlotIndex
from adserver.decision.request import AdRequest, Decision, NoFill
from adserver.inventory.model import Creative, CreativeId, Tier

Draw = Callable[[int], int]
"""`draw(n)` is an integer in [0, n), each as likely."""


def decide(index: DecisionIndex, request: AdRequest, draw: Draw) -> tuple[Decision, ...]:
    """One decision for each slot asked for, in that order; an earlier slot has the first pick.

    A slot goes to the best tier with a campaign that fits it. Sponsorships take their share of the requests and pass
    on the rest, the other tiers draw among equals. On one page no creative is shown twice, no two campaigns share an
    exclusion label, and no campaign exceeds a cap: caps bound the page only, since nothing is known of the reader.
    """
    site = index.site_indexes.get(request.site.id)
    if site is None:
        return tuple(_empty(name, None, NoFill.UNKNOWN_SLOT) for name in request.slots)
    page = _Page(site, request, draw)
    return tuple(page.decide(name) for name in request.slots)


def _empty(name: str, place: SlotIndex | None, why: NoFill) -> Decision:
    return Decision(name, place.slot if place else None, None, None, why)


class _Page:
    """What the slots decided so far leave to the next ones."""

    __slots__ = ("_draw", "_free", "_matching", "_max_width", "_placed", "_shown", "_site")

    def __init__(self, site: SiteIndex, request: AdRequest, draw: Draw) -> None:
        self._site = site
        self._draw = draw
        self._max_width = request.max_width
        self._matching = self._free = site.matching(request.attributes, request.now)
        for position, candidate in enumerate(site.candidates if request.capped else ()):
            if candidate.campaign.caps and candidate.campaign.key in request.capped:
                self._free &= ~(1 << position)
        self._placed: list[int] = []
        self._shown: list[CreativeId] = []

    def decide(self, name: str) -> Decision:
        place = self._site.slots.get(name)
        if place is None:
            return _empty(name, None, NoFill.UNKNOWN_SLOT)
        pool = self._free & place.fitting(self._max_width)
        for placed in self._placed:
            if pool >> placed & 1 and not self._may_repeat(placed, place):
                pool ^= 1 << placed
        position = self._pick(pool)
        if position is None:
            return _empty(name, place, self._why_empty(place, pool))
        candidate = self._site.candidates[position]
        creative = self._pick_creative(self._fresh(candidate, place))
        self._take(position, candidate, creative)
        return Decision(name, place.slot, candidate.campaign, creative, None)

    def _pick(self, pool: int) -> int | None:
        for tier, members in self._site.tiers:
            rivals = pool & members
            if rivals:
                position = self._pick_sponsor(rivals) if tier is Tier.SPONSORSHIP else self._pick_equal(rivals)
                if position is not None:
                    return position
        return None

    def _pick_sponsor(self, rivals: int) -> int | None:
        """The sponsor whose share the draw falls on; shares that sum to more than all are scaled down. What the shares
        leave goes evenly to the sponsors without a share; None where there are none of these."""
        shares = {place: share for place in positions_of(rivals) if (share := self._site.candidates[place].share)}
        if shares:
            number = self._draw(max(SHARE_UNIT, sum(shares.values())))
            for position, share in shares.items():
                if number < share:
                    return position
                number -= share
                rivals ^= 1 << position
        return self._pick_equal(rivals) if rivals else None

    def _pick_equal(self, rivals: int) -> int:
        return nth_position(rivals, self._draw_below(rivals.bit_count()))

    def _pick_creative(self, creatives: Sequence[Creative]) -> Creative:
        number = self._draw_below(sum(creative.weight for creative in creatives))
        for creative in creatives:
            number -= creative.weight
            if number < 0:
                break
        return creative

    def _draw_below(self, n: int) -> int:
        return self._draw(n) if n > 1 else 0

    def _may_repeat(self, position: int, place: SlotIndex) -> bool:
        candidate = self._site.candidates[position]
        within_cap = candidate.limit is None or self._placed.count(position) < candidate.limit
        return within_cap and bool(self._fresh(candidate, place))

    def _fresh(self, candidate: Candidate, place: SlotIndex) -> list[Creative]:
        """The creatives that fit the slot and the screen and are not yet on the page."""
        widest = self._max_width
        return [
            creative
            for creative in candidate.creatives
            if creative.size in place.sizes
            and (widest is None or creative.size.width <= widest)
            and creative.id not in self._shown
        ]

    def _take(self, position: int, candidate: Candidate, creative: Creative) -> None:
        self._placed.append(position)
        self._shown.append(creative.id)
        for label in candidate.labels:
            self._free &= ~self._site.labels[label] | 1 << position

    def _why_empty(self, place: SlotIndex, pool: int) -> NoFill:
        if pool:
            return NoFill.OUT_OF_SHARE
        if self._matching & place.fitting(self._max_width):
            return NoFill.EXCLUDED
        return NoFill.TOO_WIDE if self._matching & place.booked() else NoFill.NO_CANDIDATES
