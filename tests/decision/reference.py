"""Who is eligible and how likely, said again as plainly as possible: one campaign at a time, no masks, no draws."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from adserver.decision import AdRequest, Paces
from adserver.inventory.folding import canonical, fold
from adserver.inventory.model import (
    PAGE,
    AnyOf,
    Between,
    Campaign,
    Condition,
    Creative,
    CreativeId,
    NoneOf,
    Rotation,
    Slot,
    Status,
    Tier,
)

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def at_slot(request: AdRequest, number: int) -> AdRequest:
    """The request as one of its slots is asked for: with the attributes that hold there."""
    return request._replace(attributes=request.own.get(number, request.attributes))


def eligible_creatives(campaign: Campaign, slot: Slot, request: AdRequest) -> list[Creative]:
    """The creatives that the campaign may show in the slot; none where the campaign is not eligible."""
    if campaign.status is not Status.ACTIVE or slot.id not in campaign.slots:
        return []
    if campaign.starts is not None and request.now < campaign.starts:
        return []
    if campaign.ends is not None and request.now >= campaign.ends:
        return []
    if not all(_holds(name, condition, request) for name, condition in campaign.targeting.items()):
        return []
    if campaign.key in request.capped and any(cap.per != PAGE for cap in campaign.caps):
        return []
    return [each for each in campaign.creatives if _fits(each, slot, request)]


def _fits(creative: Creative, slot: Slot, request: AdRequest) -> bool:
    local = request.now.astimezone(ZoneInfo(request.site.timezone))
    runs = not creative.hours or any(_covers(text, local) for text in creative.hours)
    narrow_enough = request.max_width is None or creative.size.width <= request.max_width
    return creative.status is Status.ACTIVE and creative.size in slot.sizes and narrow_enough and runs


def _holds(name: str, condition: Condition, request: AdRequest) -> bool:
    if name == "hours":
        return _hours_hold(condition, request.now.astimezone(ZoneInfo(request.site.timezone)))
    values = request.attributes.get(name, ())
    match condition:
        case AnyOf(wanted):
            return any(_is_meant(name, value, one) for value in values for one in wanted)
        case NoneOf(unwanted):
            return not any(_is_meant(name, value, one) for value in values for one in unwanted)
        case Between(minimum, maximum):
            numbers = [number for value in values if (number := _number(value)) is not None]
            return any(
                (minimum is None or minimum <= number) and (maximum is None or number <= maximum) for number in numbers
            )


def _is_meant(name: str, sent: str, written: str) -> bool:
    same = canonical if name in ("city", "region") else fold
    if written.endswith("*"):
        return same(sent).startswith(fold(written[:-1]))
    return same(sent) == same(written)


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _hours_hold(condition: Condition, local: datetime) -> bool:
    assert not isinstance(condition, Between)
    covered = any(_covers(text, local) for text in condition.values)
    return covered if isinstance(condition, AnyOf) else not covered


def _covers(text: str, local: datetime) -> bool:
    """Only what the tests draw: one day or a span within the week, ending the same day."""
    days, clock = text.split(" ")
    first, _, last = days.partition("-")
    start, end = clock.split("-")
    in_days = DAYS.index(first) <= local.weekday() <= DAYS.index(last or first)
    return in_days and start <= f"{local:%H:%M}" < end


class Placed(NamedTuple):
    campaign: Campaign
    creative: Creative


Chances = dict[tuple[CreativeId | None, ...], Fraction]
"""The creatives of a page's slots, None for an empty one, with the page's probability."""


def page_chances(
    booked: Sequence[Campaign],
    slots: Sequence[tuple[Slot, AdRequest]],
    paces: Paces,
    placed: tuple[Placed, ...] = (),
) -> Chances:
    """How likely each page is, whose slots are asked for by these requests. Knows no roadblocks."""
    if not slots:
        return {(): Fraction(1)}
    found: Chances = {}
    for choice, chance in _slot_chances(booked, *slots[0], paces, placed):
        after = (*placed, choice) if choice else placed
        for rest, rest_chance in page_chances(booked, slots[1:], paces, after).items():
            page = (choice.creative.id if choice else None, *rest)
            found[page] = found.get(page, Fraction(0)) + chance * rest_chance
    return found


def _slot_chances(
    booked: Sequence[Campaign], slot: Slot, request: AdRequest, paces: Paces, placed: Sequence[Placed]
) -> list[tuple[Placed | None, Fraction]]:
    found: list[tuple[Placed | None, Fraction]] = []
    left = Fraction(1)
    for tier in (Tier.SPONSORSHIP, Tier.GUARANTEED, Tier.STANDARD, Tier.HOUSE):
        rivals = [each for each in booked if each.tier is tier and left_to(each, slot, request, placed)]
        chances = _sponsor_chances(rivals) if tier is Tier.SPONSORSHIP else _weighted_chances(tier, rivals, paces)
        for rival, chance in zip(rivals, chances, strict=True):
            creatives = left_to(rival, slot, request, placed)
            weights = [creative_weight(rival, each, paces) for each in creatives]
            for creative, weight in zip(creatives, weights, strict=True):
                if chance:
                    found.append((Placed(rival, creative), left * chance * weight / sum(weights)))
        left *= 1 - sum(chances)
    return [*found, (None, left)] if left else found


def left_to(campaign: Campaign, slot: Slot, request: AdRequest, placed: Sequence[Placed]) -> list[Creative]:
    """The creatives that the campaign could still show in the slot, given what the page shows already."""
    others = {fold(label) for each in placed if each.campaign.id != campaign.id for label in each.campaign.exclusion}
    times = sum(each.campaign.id == campaign.id for each in placed)
    if others & {fold(label) for label in campaign.exclusion} or any(times >= cap.impressions for cap in campaign.caps):
        return []
    shown = {each.creative.id for each in placed}
    return [each for each in eligible_creatives(campaign, slot, request) if each.id not in shown]


def creative_weight(campaign: Campaign, creative: Creative, paces: Paces) -> Fraction:
    if campaign.rotation is Rotation.EVEN:
        return Fraction(1)
    if campaign.rotation is Rotation.WEIGHTED:
        return Fraction(creative.weight)
    return Fraction(paces.creatives.get(creative.id, 1 / len(campaign.creatives)))


def _sponsor_chances(rivals: Sequence[Campaign]) -> list[Fraction]:
    shares = [Fraction(each.goal.amount) if each.goal else None for each in rivals]
    taken = sum(share for share in shares if share is not None)
    left = max(Fraction(0), 1 - taken) / max(1, shares.count(None))
    return [left if share is None else share / max(1, taken) for share in shares]


def _weighted_chances(tier: Tier, rivals: Sequence[Campaign], paces: Paces) -> list[Fraction]:
    weights = [Fraction(paces.campaigns.get(each.id, 1.0)) for each in rivals]
    if tier is Tier.STANDARD:
        priced = [Fraction(each.price.micros, 1_000_000) if each.price else Fraction(1) for each in rivals]
        weights = [weight * price for weight, price in zip(weights, priced, strict=True)]
    whole = sum(weights) + (1 if tier is Tier.GUARANTEED else 0)
    return [weight / whole if whole else Fraction(0) for weight in weights]
