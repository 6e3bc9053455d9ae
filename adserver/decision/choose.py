"""Who is shown in each slot of a page: the best tier that does not pass on, then a draw."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from adserver.decision.index import DecisionIndex, SiteIndex, SlotIndex, SlotPool
from adserver.decision.pace import NO_PACES, Paces
from adserver.decision.page import Page
from adserver.decision.pool import Draw
from adserver.decision.request import AdRequest, Decision, NoFill
from adserver.inventory.model import SiteId

NOBODY: frozenset[str] = frozenset()


class Audience(NamedTuple):
    """The campaigns of a site that readers with certain attributes may see, at any time.

    It is good for as long as its index, and may be kept for the attributes that repeat. `site` is None where the index
    has no such site.
    """

    site: SiteIndex | None
    matching: int


def decide(index: DecisionIndex, request: AdRequest, draw: Draw, paces: Paces = NO_PACES) -> tuple[Decision, ...]:
    """One decision for each slot asked for, in that order; an earlier slot has the first pick.

    A slot goes to the best tier with a campaign that fits it. Sponsorships take their share of the requests and pass
    on the rest; guaranteed campaigns are drawn by the weights of `paces` and pass on what these leave; the others are
    drawn by weight and price. On one page no creative is shown twice, no two campaigns share an exclusion label, no
    campaign exceeds a cap, and a roadblock shows all its creatives or none.
    """
    audience = audience_of(index, request.site.id, request.attributes)
    return choose(audience, request.slots, request.now, draw, paces, request.max_width, request.capped)


def audience_of(index: DecisionIndex, site_id: SiteId, attributes: Mapping[str, tuple[str, ...]]) -> Audience:
    """The first half of `decide`, which depends on the reader's attributes only."""
    site = index.site_indexes.get(site_id)
    return Audience(None, 0) if site is None else Audience(site, site.matching(attributes))


def choose(
    audience: Audience,
    slots: Sequence[str],
    now: datetime,
    draw: Draw,
    paces: Paces = NO_PACES,
    max_width: int | None = None,
    capped: frozenset[str] = NOBODY,
) -> tuple[Decision, ...]:
    """The second half of `decide`, which depends on the moment and on chance."""
    site, matching = audience
    if site is None:
        return tuple(Decision(name, None, None, None, NoFill.UNKNOWN_SLOT) for name in slots)
    matching &= site.enter(now, paces)
    page = Page(site, slots, max_width, matching & ~site.capped_mask(capped) if capped else matching)
    answer = page.answer
    for name in slots:
        place = site.slots.get(name)
        if place is None:
            answer.append(Decision(name, None, None, None, NoFill.UNKNOWN_SLOT))
        elif name in page.promised:
            answer.append(page.promised.pop(name))
        else:
            pool = place.pools[-1 if max_width is None else place.width_class(max_width)]
            if pool is None:
                pool = site.pool(place, max_width)
            answer.append(page.fill(pool, draw) or place.empty(_why_empty(site, place, pool, matching, page)))
    return tuple(answer)


def _why_empty(site: SiteIndex, place: SlotIndex, pool: SlotPool, matching: int, page: Page) -> NoFill:
    """Which sieve took the last candidate: time and targeting (`matching`), screen, caps, page, or the draw."""
    if rivals := page.left(pool, pool.mask):
        return NoFill.PACED_OUT if rivals & ~site.sponsors else NoFill.OUT_OF_SHARE
    if uncapped := page.free & pool.mask:
        return NoFill.EXCLUDED if uncapped & ~site.roadblocks else NoFill.ROADBLOCK
    if matching & pool.mask:
        return NoFill.CAPPED
    if matching & pool.fitting:
        return NoFill.OUT_OF_HOURS
    return NoFill.TOO_WIDE if matching & place.booked() else NoFill.NO_CANDIDATES
