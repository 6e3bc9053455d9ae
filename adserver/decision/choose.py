"""Who is shown in each slot of a page: the best tier that does not pass on, then a draw."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from adserver.decision.compiled import fast
from adserver.decision.index import DecisionIndex, SiteIndex, SlotIndex, SlotPool
from adserver.decision.pace import NO_PACES, Paces
from adserver.decision.page import EVERYBODY, Page
from adserver.decision.pool import Draw
from adserver.decision.request import NO_OWN, AdRequest, Attributes, Decision, NoFill
from adserver.inventory.model import SiteId

NOBODY: frozenset[str] = frozenset()


def decide(index: DecisionIndex, request: AdRequest, draw: Draw, paces: Paces = NO_PACES) -> list[Decision]:
    """Answer as `choose` does."""
    _, slots, attributes, now, max_width, capped, own, shown = request
    return choose(index, request.site.id, slots, attributes, now, draw, paces, max_width, capped, own, shown)


def choose(
    index: DecisionIndex,
    site_id: SiteId,
    slots: Sequence[str],
    attributes: Attributes,
    now: datetime,
    draw: Draw,
    paces: Paces,
    max_width: int | None = None,
    capped: frozenset[str] = NOBODY,
    own: Mapping[int, Attributes] = NO_OWN,
    shown: Sequence[str] = (),
) -> list[Decision]:
    """One decision for each slot asked for, in that order; an earlier slot has the first pick. The arguments are those
    of an AdRequest.

    A slot goes to the best tier with a campaign that fits it. Sponsorships take their share of the requests and pass
    on the rest; guaranteed campaigns are drawn by the weights of `paces` and pass on what these leave; the others are
    drawn by weight and price. On one page no two campaigns share an exclusion label and no campaign exceeds a cap,
    whatever earlier requests have `shown`; of what is asked for at once no creative is shown twice, and a roadblock
    shows all its creatives or none.
    """
    site = index.site_indexes.get(site_id)
    if site is None:
        return [unknown_slot(name) for name in slots]
    running = site.enter(now, paces)
    if capped:
        running &= ~site.capped_mask(capped)
    left = site.left_beside(shown, len(slots)) if shown else EVERYBODY
    if fast and not site.roadblocks:
        answer = fast.choose(site, slots, attributes, running, draw, max_width, own, left)
        if answer is not None:
            return answer
    return choose_in_python(site, slots, attributes, running, draw, max_width, own, left)


def choose_in_python(
    site: SiteIndex,
    slots: Sequence[str],
    attributes: Attributes,
    allowed: int,
    draw: Draw,
    max_width: int | None,
    own: Mapping[int, Attributes] = NO_OWN,
    left: int = EVERYBODY,
) -> list[Decision]:
    """Choose among the `allowed` campaigns of a site at the moment it has entered, of which what the page shows already
    has `left` these."""
    free = [allowed & site.matching(attributes)] * len(slots)
    for number, attributes_there in own.items():
        free[number] = allowed & site.matching(attributes_there)
    page = Page(site, slots, max_width, free, left)
    answer = page.answer
    for number, name in enumerate(slots):
        place = site.slots.get(name)
        if place is None:
            answer.append(unknown_slot(name))
        elif number in page.promised:
            answer.append(page.promised.pop(number))
        else:
            pool = site.pool(place, max_width)
            here = own.get(number, attributes)
            answer.append(page.fill(pool, draw) or place.empty(why_empty(site, place, pool, here, page)))
    return answer


def unknown_slot(name: str) -> Decision:
    """The decision for a slot that the site does not have."""
    return Decision(name, None, None, None, NoFill.UNKNOWN_SLOT)


def why_empty(site: SiteIndex, place: SlotIndex, pool: SlotPool, attributes: Attributes, page: Page) -> NoFill:
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
