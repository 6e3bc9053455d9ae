"""From an inventory to the index that decisions are made on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from operator import or_

from adserver.decision.bits import masks_of
from adserver.decision.dimension import Dimension
from adserver.decision.index import SHARE_UNIT, Candidate, DecisionIndex, SiteIndex, SlotIndex
from adserver.decision.schedule import HOURS, Schedule
from adserver.inventory.folding import fold
from adserver.inventory.model import (
    Campaign,
    Condition,
    GoalKind,
    Inventory,
    Site,
    SiteId,
    Size,
    Slot,
    SlotId,
    Status,
    Tier,
)

_TIER_ORDER = {tier: place for place, tier in enumerate(Tier)}


def build_index(inventory: Inventory) -> DecisionIndex:
    """Arrange a snapshot. Takes a tenth of a second for thousands of campaigns: call it off the event loop.

    Raises ValueError where a campaign's targeting or a site's time zone cannot be read.
    """
    slots: defaultdict[SiteId, list[Slot]] = defaultdict(list)
    for slot in inventory.slots:
        slots[slot.site_id].append(slot)
    candidates = [_candidate(campaign) for campaign in inventory.campaigns if campaign.status is Status.ACTIVE]
    candidates.sort(key=lambda candidate: (_TIER_ORDER[candidate.campaign.tier], candidate.campaign.id))
    return DecisionIndex(
        site_indexes={site.id: _site_index(site, slots[site.id], candidates) for site in inventory.sites},
        _sites={site.key: site for site in inventory.sites},
        _click_urls=inventory.click_urls,
    )


def _candidate(campaign: Campaign) -> Candidate:
    return Candidate(
        campaign=campaign,
        creatives=tuple(creative for creative in campaign.creatives if creative.status is Status.ACTIVE),
        labels=tuple(sorted(set(map(fold, campaign.exclusion)))),
        share=_share(campaign),
        limit=min((cap.impressions for cap in campaign.caps), default=None),
    )


def _share(campaign: Campaign) -> int | None:
    if campaign.goal is None or campaign.goal.kind is not GoalKind.SHARE:
        return None
    return max(1, round(campaign.goal.amount * SHARE_UNIT))


def _site_index(site: Site, slots: Sequence[Slot], candidates: Iterable[Candidate]) -> SiteIndex:
    sizes = {slot.id: frozenset(slot.sizes) for slot in slots}
    booked = [candidate for candidate in candidates if _fits_any(candidate, sizes)]
    numbered = list(enumerate(booked))
    tiers = masks_of((candidate.campaign.tier, place) for place, candidate in numbered)
    return SiteIndex(
        candidates=booked,
        tiers=[(tier, tiers[tier]) for tier in Tier if tier in tiers],
        slots={slot.name: _slot_index(slot, sizes[slot.id], booked) for slot in slots},
        dimensions=_dimensions(booked),
        labels=masks_of((label, place) for place, candidate in numbered for label in candidate.labels),
        schedule=Schedule((candidate.campaign for candidate in booked), site.timezone),
    )


def _fits_any(candidate: Candidate, sizes: Mapping[SlotId, frozenset[Size]]) -> bool:
    here = [sizes[slot_id] for slot_id in candidate.campaign.slots if slot_id in sizes]
    return any(creative.size in taken for taken in here for creative in candidate.creatives)


def _slot_index(slot: Slot, sizes: frozenset[Size], booked: Sequence[Candidate]) -> SlotIndex:
    narrowest = masks_of(
        (min(fitting), place)
        for place, candidate in enumerate(booked)
        if slot.id in candidate.campaign.slots
        and (fitting := [creative.size.width for creative in candidate.creatives if creative.size in sizes])
    )
    widths = tuple(sorted(narrowest))
    return SlotIndex(slot, sizes, widths, tuple(accumulate((narrowest[each] for each in widths), or_, initial=0)))


def _dimensions(booked: Sequence[Candidate]) -> dict[str, Dimension]:
    conditions: defaultdict[str, list[tuple[int, Condition]]] = defaultdict(list)
    for place, candidate in enumerate(booked):
        for name, condition in candidate.campaign.targeting.items():
            if name != HOURS:
                conditions[name].append((place, condition))
    everyone = (1 << len(booked)) - 1
    return {name: Dimension(name, each, everyone) for name, each in conditions.items()}
