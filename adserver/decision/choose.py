"""Who is shown in each slot of a page: the best tier that does not pass on, then a draw."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from adserver.decision.compiled import fast
from adserver.decision.index import DecisionIndex, SiteIndex, SlotIndex, SlotPool
from adserver.decision.pace import NO_PACES, Paces
from adserver.decision.page import Page
from adserver.decision.pool import Draw
from adserver.decision.request import AdRequest, Decision, NoFill
from adserver.inventory.model import SiteId

NOBODY: frozenset[str] = frozenset()


def decide(index: DecisionIndex, request: AdRequest, draw: Draw, paces: Paces = NO_PACES) -> list[Decision]:
    """Answer as `choose` does."""
    _, slots, attributes, now, max_width, capped = request
    return choose(index, request.site.id, slots, attributes, now, draw, paces, max_width, capped)


def choose(
    index: DecisionIndex,
    site_id: SiteId,
    slots: Sequence[str],
    attributes: Mapping[str, tuple[str, ...]],
    now: datetime,
    draw: Draw,
    paces: Paces,
    max_width: int | None = None,
    capped: frozenset[str] = NOBODY,
) -> list[Decision]:
    """One decision for each slot asked for, in that order; an earlier slot has the first pick. The arguments are those
    of an AdRequest.

    A slot goes to the best tier with a campaign that fits it. Sponsorships take their share of the requests and pass
    on the rest; guaranteed campaigns are drawn by the weights of `paces` and pass on what these leave; the others are
    drawn by weight and price. On one page no creative is shown twice, no two campaigns share an exclusion label, no
    campaign exceeds a cap, and a roadblock shows all its creatives or none.
    """
    site = index.site_indexes.get(site_id)
    if site is None:
        return [unknown_slot(name) for name in slots]
    running = site.enter(now, paces)
    if capped:
        running &= ~site.capped_mask(capped)
    if fast and not site.roadblocks:
        answer = fast.choose(site, slots, attributes, running, draw, max_width)
        if answer is not None:
            return answer
    return choose_in_python(site, slots, attributes, running, draw, max_width)


def choose_in_python(
    site: SiteIndex,
    slots: Sequence[str],
    attributes: Mapping[str, tuple[str, ...]],
    allowed: int,
    draw: Draw,
    max_width: int | None,
) -> list[Decision]:
    """Choose among the `allowed` campaigns of a site at the moment it has entered."""
    page = Page(site, slots, max_width, allowed & site.matching(attributes))
    answer = page.answer
    for name in slots:
        place = site.slots.get(name)
        if place is None:
            answer.append(unknown_slot(name))
        elif name in page.promised:
            answer.append(page.promised.pop(name))
        else:
            pool = site.pool(place, max_width)
            answer.append(page.fill(pool, draw) or place.empty(why_empty(site, place, pool, attributes, page)))
    return answer


def unknown_slot(name: str) -> Decision:
    """The decision for a slot that the site does not have."""
    return Decision(name, None, None, None, NoFill.UNKNOWN_SLOT)


def why_empty(
    site: SiteIndex, place: SlotIndex, pool: SlotPool, attributes: Mapping[str, tuple[str, ...]], page: Page
) -> NoFill:
    """Which sieve took the last candidate: time and targeting, screen, caps, page, or the draw."""
    if rivals := page.left(pool, pool.mask):
        return NoFill.PACED_OUT if rivals & ~site.sponsors else NoFill.OUT_OF_SHARE
    if uncapped := page.free & pool.mask:
        return NoFill.EXCLUDED if uncapped & ~site.roadblocks else NoFill.ROADBLOCK
    matching = site.matching(attributes) & site.window.running
    if matching & pool.mask:
        return NoFill.CAPPED
    if matching & pool.fitting:
        return NoFill.OUT_OF_HOURS
    return NoFill.TOO_WIDE if matching & place.booked() else NoFill.NO_CANDIDATES
