"""What is booked, as impressions that are still to come."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from adserver.forecast.availability import Booked, Sponsored
from adserver.forecast.load import NOTHING_DELIVERED, Delivered
from adserver.forecast.supply import Rates
from adserver.forecast.target import target_of
from adserver.inventory.model import Campaign, CampaignId, GoalKind, Slot, SlotId, Status, Tier

_PRIOR_IMPRESSIONS = 2_000
"""How many impressions' weight the slots' click rate has beside a campaign's own."""


def is_live(campaign: Campaign, now: datetime) -> bool:
    """Say whether a campaign runs or will run."""
    return campaign.status is Status.ACTIVE and (campaign.ends is None or campaign.ends > now)


def yield_of(campaign: Campaign, rates: Mapping[SlotId, Rates], delivered: Delivered) -> float:
    """Return how many events of its goal an impression of the campaign brings."""
    here = [rates[slot] for slot in campaign.slots if slot in rates]
    if campaign.goal is None or not here:
        return 1.0
    match campaign.goal.kind:
        case GoalKind.VIEWABLE:
            usual = sum(each.viewable for each in here) / len(here)
            return _blend(delivered.viewable, delivered.impressions, usual)
        case GoalKind.CLICKS:
            usual = sum(each.clicks for each in here) / len(here)
            return _blend(delivered.clicks, delivered.impressions, usual)
    return 1.0


def count_of(campaign: Campaign, delivered: Delivered) -> int:
    """Return what was counted of a campaign's goal."""
    kind = campaign.goal.kind if campaign.goal else GoalKind.IMPRESSIONS
    return {GoalKind.VIEWABLE: delivered.viewable, GoalKind.CLICKS: delivered.clicks}.get(kind, delivered.impressions)


def booked_of(
    campaigns: Sequence[Campaign],
    slots: Mapping[SlotId, Slot],
    rates: Mapping[SlotId, Rates],
    delivered: Mapping[CampaignId, Delivered],
    now: datetime,
) -> list[Booked]:
    """Return the guaranteed campaigns that run or will run, each with the impressions that its goal still needs."""
    booked = []
    for campaign in campaigns:
        if campaign.tier is Tier.GUARANTEED and campaign.goal is not None and is_live(campaign, now):
            counted = delivered.get(campaign.id, NOTHING_DELIVERED)
            left = float(campaign.goal.amount) - count_of(campaign, counted)
            if left > 0:
                wanted = left / yield_of(campaign, rates, counted)
                booked.append(Booked(campaign.key, target_of(campaign, slots), wanted))
    return booked


def sponsored_of(campaigns: Sequence[Campaign], slots: Mapping[SlotId, Slot], now: datetime) -> list[Sponsored]:
    """Return the sponsorships that run or will run; one without a share takes all that is left."""
    return [
        Sponsored(target_of(campaign, slots), float(campaign.goal.amount) if campaign.goal else 1.0)
        for campaign in campaigns
        if campaign.tier is Tier.SPONSORSHIP and is_live(campaign, now)
    ]


def _blend(events: int, impressions: int, usual: float) -> float:
    return (events + _PRIOR_IMPRESSIONS * usual) / (impressions + _PRIOR_IMPRESSIONS)
