from collections.abc import Iterable
from fractions import Fraction
from random import Random
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from adserver.decision import AdRequest, Decision, NoFill, decide
from adserver.inventory.folding import fold
from adserver.inventory.model import Campaign, Creative, Slot, Tier
from tests.decision.examples import SLOTS, ask, campaign, creative, index_of, outcomes
from tests.decision.reference import eligible_creatives
from tests.decision.strategies import campaigns, requests

PLACES = {slot.name: slot for slot in SLOTS}
BEST_FIRST = [Tier.SPONSORSHIP, Tier.GUARANTEED, Tier.STANDARD, Tier.HOUSE]
CHANCE = st.randoms(use_true_random=False)


@given(campaigns(), requests(), CHANCE)
def test_every_chosen_ad_is_eligible(booked: list[Campaign], request: AdRequest, chance: Random) -> None:
    for decision in filled(decide(index_of(*booked), request, chance.randrange)):
        assert decision.creative in eligible_creatives(decision.campaign, decision.slot, request)


@given(campaigns(at_most=5), requests(slots=1))
def test_campaigns_of_best_tier_are_as_likely_and_creatives_by_weight(
    booked: list[Campaign], request: AdRequest
) -> None:
    slot = PLACES.get(request.slots[0])
    eligible = {each.id: eligible_creatives(each, slot, request) for each in booked} if slot else {}
    tiers = [each.tier for each in booked if eligible.get(each.id)]
    rivals = [each for each in booked if eligible.get(each.id) and each.tier is min(tiers, key=BEST_FIRST.index)]
    expected = {
        (creative.id,): Fraction(creative.weight, len(rivals) * sum(each.weight for each in eligible[rival.id]))
        for rival in rivals
        for creative in eligible[rival.id]
    }
    found = outcomes(index_of(*booked), request)
    assert {key: chance for key, chance in found.items() if not isinstance(key[0], NoFill)} == expected


@given(campaigns(), requests(), CHANCE)
def test_slot_goes_to_best_tier_that_page_leaves(booked: list[Campaign], request: AdRequest, chance: Random) -> None:
    answer = decide(index_of(*booked), request, chance.randrange)
    for place, decision in enumerate(answer):
        placed = filled(answer[:place])
        left = [each for each in booked if decision.slot and is_left(each, decision.slot, placed, request)]
        best = min((each.tier for each in left), key=BEST_FIRST.index, default=None)
        assert best == (decision.campaign.tier if decision.campaign else None)


@given(campaigns(), requests(), CHANCE)
def test_campaigns_with_one_label_never_share_a_page(
    booked: list[Campaign], request: AdRequest, chance: Random
) -> None:
    page = {each.campaign.id: each.campaign for each in filled(decide(index_of(*booked), request, chance.randrange))}
    labels = [label for each in page.values() for label in {fold(label) for label in each.exclusion}]
    assert len(labels) == len(set(labels))


@given(campaigns(), requests(), CHANCE)
def test_no_creative_is_twice_on_a_page_and_caps_hold(
    booked: list[Campaign], request: AdRequest, chance: Random
) -> None:
    page = filled(decide(index_of(*booked), request, chance.randrange))
    assert len({each.creative.id for each in page}) == len(page)
    for decision in page:
        times = sum(each.campaign is decision.campaign for each in page)
        assert all(times <= cap.impressions for cap in decision.campaign.caps)


@given(campaigns(), requests(), CHANCE)
def test_answer_names_the_slots_in_the_order_asked(booked: list[Campaign], request: AdRequest, chance: Random) -> None:
    answer = decide(index_of(*booked), request, chance.randrange)
    assert tuple(each.name for each in answer) == request.slots
    assert all((each.creative is None) == (each.why is not None) for each in answer)
    assert all(each.slot == PLACES.get(each.name) for each in answer)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 9_999), min_size=1, max_size=4))
def test_sponsors_get_their_shares_and_house_the_rest(shares: list[int]) -> None:
    sponsors = [
        campaign(number, Tier.SPONSORSHIP, creatives=[creative(10 * number)], share=f"0.{share:04}")
        for number, share in enumerate(shares, 1)
    ]
    house = campaign(9, Tier.HOUSE, creatives=[creative(90)])
    whole = max(10_000, sum(shares))
    expected = {(10 * number,): Fraction(share, whole) for number, share in enumerate(shares, 1)}
    if sum(shares) < whole:
        expected[90,] = Fraction(whole - sum(shares), whole)
    assert outcomes(index_of(*sponsors, house), ask("top")) == expected


class Filled(NamedTuple):
    """A decision that shows something."""

    slot: Slot
    campaign: Campaign
    creative: Creative


def filled(answer: Iterable[Decision]) -> list[Filled]:
    return [
        Filled(each.slot, each.campaign, each.creative)
        for each in answer
        if each.slot and each.campaign and each.creative
    ]


def is_left(rival: Campaign, slot: Slot, placed: list[Filled], request: AdRequest) -> bool:
    """Whether the campaign could still go into the slot, given what the page shows already."""
    labels = {fold(label) for each in placed if each.campaign.id != rival.id for label in each.campaign.exclusion}
    times = sum(each.campaign.id == rival.id for each in placed)
    shown = {each.creative.id for each in placed}
    unseen = [each for each in eligible_creatives(rival, slot, request) if each.id not in shown]
    within_caps = all(times < cap.impressions for cap in rival.caps)
    return bool(unseen) and within_caps and not labels & {fold(label) for label in rival.exclusion}
