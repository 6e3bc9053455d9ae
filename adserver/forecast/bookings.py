"""What is booked, as impressions that are still to come."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from adserver.forecast.availability import Booked, Sponsored
from adserver.forecast.load import NOTHING_DELIVERED, Delivered
from adserver.forecast.supply import Rates
from adserver.forecast.target import target_of
from adserver.inventory.model import Campaign, CampaignId, Goal, GoalKind, PriceModel, Slot, SlotId, Status, Tier

_BOUGHT = {
    PriceModel.CPM: (GoalKind.IMPRESSIONS, 1000),
    PriceModel.VCPM: (GoalKind.VIEWABLE, 1000),
    PriceModel.CPC: (GoalKind.CLICKS, 1),
}
"""What is paid for, and how many of it for the price."""
_PRIOR_IMPRESSIONS = 2_000
_PRIOR_CHOICES = 500
"""How much the slots' own rates weigh beside a campaign's."""


def is_live(campaign: Campaign, now: datetime) -> bool:
    """Say whether a campaign runs or will run."""
    return campaign.status is Status.ACTIVE and (campaign.ends is None or campaign.ends > now)


def goal_of(campaign: Campaign) -> Goal | None:
    """Return a campaign's goal, or what its budget buys where that is less or all there is."""
    bought = _bought(campaign)
    if campaign.goal is None or bought is None or bought.kind is not campaign.goal.kind:
        return campaign.goal or bought
    return min(campaign.goal, bought, key=lambda goal: goal.amount)


def _bought(campaign: Campaign) -> Goal | None:
    price = campaign.price
    if campaign.budget_micros is None or price is None or not price.micros or price.model not in _BOUGHT:
        return None
    kind, events = _BOUGHT[price.model]
    return Goal(kind, Decimal(campaign.budget_micros * events // price.micros))


def yield_of(campaign: Campaign, rates: Mapping[SlotId, Rates], delivered: Delivered) -> float:
    """Return how many events of its goal an impression of the campaign brings."""
    here = [rates[slot] for slot in campaign.slots if slot in rates]
    goal = goal_of(campaign)
    if goal is None or not here:
        return 1.0
    match goal.kind:
        case GoalKind.VIEWABLE:
            usual = sum(each.viewable for each in here) / len(here)
            return _blend(delivered.viewable, delivered.impressions, usual)
        case GoalKind.CLICKS:
            usual = sum(each.clicks for each in here) / len(here)
            return _blend(delivered.clicks, delivered.impressions, usual)
    return 1.0


def choice_yield_of(campaign: Campaign, rates: Mapping[SlotId, Rates], delivered: Delivered) -> float:
    """Return how many events of its goal one choice of the campaign by a worker brings."""
    here = [rates[slot].impressions for slot in campaign.slots if slot in rates]
    usual = sum(here) / len(here) if here else 1.0
    rendered = (delivered.impressions + _PRIOR_CHOICES * usual) / (delivered.requests + _PRIOR_CHOICES)
    return min(1.0, rendered) * yield_of(campaign, rates, delivered)


def count_of(campaign: Campaign, delivered: Delivered) -> int:
    """Return what was counted of a campaign's goal."""
    goal = goal_of(campaign)
    kind = goal.kind if goal else GoalKind.IMPRESSIONS
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
        goal = goal_of(campaign)
        if campaign.tier is Tier.GUARANTEED and goal is not None and is_live(campaign, now):
            counted = delivered.get(campaign.id, NOTHING_DELIVERED)
            left = float(goal.amount) - count_of(campaign, counted)
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
