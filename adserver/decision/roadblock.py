"""Placing all creatives of a campaign on one page: each in a slot of its own."""

from collections.abc import Sequence

from adserver.decision.request import Decision
from adserver.inventory.model import Creative, CreativeId


def placed_together(creatives: Sequence[Creative], offers: Sequence[Sequence[Decision]]) -> dict[int, Decision]:
    """One decision for each creative by the place of its slot, no two in one and one in the first; empty where that is
    impossible.

    `offers` are the decisions that each slot has for the campaign. Augmenting paths (Kuhn 1955).
    """
    if not offers or not offers[0] or len(creatives) > len(offers):
        return {}
    holders: dict[int, Decision] = {}
    for creative in creatives:
        if not _place(creative.id, offers, holders, set()):
            return {}
    if 0 not in holders:
        moved = offers[0][0]
        holders = {place: each for place, each in holders.items() if each.creative is not moved.creative}
        holders[0] = moved
    return holders


def _place(
    creative: CreativeId, offers: Sequence[Sequence[Decision]], holders: dict[int, Decision], tried: set[int]
) -> bool:
    for place, offer in enumerate(offers):
        found = next((each for each in offer if each.creative is not None and each.creative.id == creative), None)
        if found is None or place in tried:
            continue
        tried.add(place)
        holder = holders.get(place)
        if holder is None or (holder.creative is not None and _place(holder.creative.id, offers, holders, tried)):
            holders[place] = found
            return True
    return False
