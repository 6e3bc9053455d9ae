from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from adserver.decision import AdRequest, Decision, NoFill, Paces, decide
from adserver.decision.pool import Limits
from adserver.inventory.folding import fold
from adserver.inventory.model import Campaign, Creative, Slot, Tier
from tests.decision.examples import BOX, LEADERBOARD, PHONE, SLOTS, WIDE, ask, campaign, creative, index_of, outcomes
from tests.decision.reference import at_slot, eligible_creatives, page_chances
from tests.decision.strategies import campaigns, paces, requests

PLACES = {slot.name: slot for slot in SLOTS}
LIMITS = st.sampled_from((Limits(), Limits(exact=0, tries=1, heavy_part=2), Limits(exact=1, tries=2, heavy_part=0.4)))
"""Few campaigns are never drawn in vain; the other two make the paths that many campaigns take."""
BOOKED = campaigns() | campaigns(at_most=4, is_targeted=False) | campaigns(at_most=4, has_roadblocks=True)
TOO_RARE = Fraction(1, 10**5)
CHANCE = st.randoms(use_true_random=False)


@given(BOOKED, requests(), CHANCE)
def test_every_chosen_ad_is_eligible(booked: list[Campaign], request: AdRequest, chance: Random) -> None:
    for decision in filled(decide(index_of(*booked), request, chance.random)):
        asked = at_slot(request, decision.number)
        assert decision.creative in eligible_creatives(decision.campaign, decision.slot, asked)


@settings(deadline=None, max_examples=200)
@given(campaigns(at_most=5) | campaigns(at_most=4, is_targeted=False), requests(slots=3), paces(), LIMITS)
def test_pages_are_as_likely_as_the_rules_say(
    booked: list[Campaign], request: AdRequest, weights: Paces, limits: Limits
) -> None:
    slots = [(PLACES[name], at_slot(request, at)) for at, name in enumerate(request.slots) if name in PLACES]
    found: defaultdict[tuple[int | None, ...], Fraction] = defaultdict(Fraction)
    for answer, chance in outcomes(index_of(*booked, limits=limits), request, weights).items():
        known = [each for each in answer if each is not NoFill.UNKNOWN_SLOT]
        found[tuple(None if isinstance(each, NoFill) else each for each in known)] += chance
    expected = page_chances(booked, slots, weights)
    # The floats that weights are kept in are no exact fractions.
    assert [page for page in {*found, *expected} if abs(found[page] - expected.get(page, 0)) > TOO_RARE] == []


@settings(deadline=None)
@given(campaigns(at_most=4), requests(slots=2), paces(), st.randoms())
def test_order_of_campaigns_does_not_matter(
    booked: list[Campaign], request: AdRequest, weights: Paces, chance: Random
) -> None:
    shuffled = [*booked]
    chance.shuffle(shuffled)
    assert outcomes(index_of(*booked), request, weights) == outcomes(index_of(*shuffled), request, weights)


@given(campaigns(), st.lists(st.tuples(requests(), paces()), min_size=2, max_size=6))
def test_what_an_index_remembers_changes_no_answer(
    booked: list[Campaign], asked: list[tuple[AdRequest, Paces]]
) -> None:
    index = index_of(*booked)
    for number, (request, weights) in enumerate(asked):
        one, other = (decide(each, request, Random(number).random, weights) for each in (index, index_of(*booked)))
        assert [(each.why, each.creative) for each in one] == [(each.why, each.creative) for each in other]


@given(BOOKED, requests(), CHANCE)
def test_campaigns_with_one_label_never_share_a_page(
    booked: list[Campaign], request: AdRequest, chance: Random
) -> None:
    page = {each.campaign.id: each.campaign for each in filled(decide(index_of(*booked), request, chance.random))}
    labels = [label for each in page.values() for label in {fold(label) for label in each.exclusion}]
    assert len(labels) == len(set(labels))


@given(BOOKED, requests(), CHANCE)
def test_no_creative_is_twice_on_a_page_and_caps_hold(
    booked: list[Campaign], request: AdRequest, chance: Random
) -> None:
    page = filled(decide(index_of(*booked), request, chance.random))
    assert len({each.creative.id for each in page}) == len(page)
    for decision in page:
        times = sum(each.campaign is decision.campaign for each in page)
        assert all(times <= cap.impressions for cap in decision.campaign.caps)


@given(campaigns(at_most=4, has_roadblocks=True), requests(), CHANCE)
def test_roadblock_shows_all_its_creatives_or_none(booked: list[Campaign], request: AdRequest, chance: Random) -> None:
    page = filled(decide(index_of(*booked), request, chance.random))
    for block in {each.campaign.id: each.campaign for each in page if each.campaign.roadblock}.values():
        everywhere = [replace(slot, sizes=(WIDE, LEADERBOARD, PHONE, BOX)) for slot in SLOTS]
        anywhere = replace(block, slots=tuple(slot.id for slot in SLOTS))
        asked = next(at_slot(request, each.number) for each in page if each.campaign is block)
        wanted = {each.id for slot in everywhere for each in eligible_creatives(anywhere, slot, asked)}
        assert wanted <= {each.creative.id for each in page}


@given(BOOKED, requests(), CHANCE)
def test_answer_names_the_slots_in_the_order_asked(booked: list[Campaign], request: AdRequest, chance: Random) -> None:
    answer = decide(index_of(*booked), request, chance.random)
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
    """A decision that shows something, and the place of its slot among those asked for."""

    number: int
    slot: Slot
    campaign: Campaign
    creative: Creative


def filled(answer: Iterable[Decision]) -> list[Filled]:
    return [
        Filled(number, each.slot, each.campaign, each.creative)
        for number, each in enumerate(answer)
        if each.slot and each.campaign and each.creative
    ]
