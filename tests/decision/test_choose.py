from dataclasses import replace
from fractions import Fraction

import pytest

from adserver.decision import AdRequest, NoFill, decide
from adserver.inventory.model import Campaign, SiteId, Status, Tier
from tests.decision.examples import (
    BOX,
    IN_ARTICLE,
    LEADERBOARD,
    PHONE,
    SITE,
    TOP,
    WIDE,
    any_of,
    ask,
    campaign,
    creative,
    first,
    index_of,
    outcomes,
    shown,
)


def test_tiers_are_asked_in_order() -> None:
    booked = [campaign(number, tier) for number, tier in enumerate(reversed(Tier), 1)]
    winners = []
    while booked:
        winners += shown(index_of(*booked), ask("top"))
        booked.pop()
    assert winners == ["k4", "k3", "k2", "k1"]


@pytest.mark.parametrize(
    ("booked", "request_", "why"),
    [
        ([], ask("top"), "no-candidates"),
        ([campaign(1)], ask("masthead"), "unknown-slot"),
        ([campaign(1, slots=[IN_ARTICLE])], ask("top"), "no-candidates"),
        ([campaign(1, status=Status.PAUSED)], ask("top"), "no-candidates"),
        ([campaign(1, creatives=[creative(10, status=Status.PAUSED)])], ask("top"), "no-candidates"),
        ([campaign(1, creatives=[creative(10, BOX)])], ask("top"), "no-candidates"),
        ([campaign(1, targeting={"city": any_of("Van")})], ask("top", city="Muş"), "no-candidates"),
        ([campaign(1, creatives=[creative(10, WIDE)])], ask("top", max_width=969), "too-wide"),
        ([campaign(1, Tier.SPONSORSHIP, share="0.5")], ask("top"), "out-of-share"),
    ],
)
def test_empty_slot_says_why(booked: list[Campaign], request_: AdRequest, why: str) -> None:
    (decision,) = decide(index_of(*booked), request_, lambda: 1 - 2**-53)
    assert (decision.campaign, decision.creative, decision.why) == (None, None, why)


def test_unknown_site_has_no_slots() -> None:
    request = ask("top")._replace(site=replace(SITE, id=SiteId(9)))
    assert [decision.why for decision in decide(index_of(campaign(1)), request, first)] == [NoFill.UNKNOWN_SLOT]


def test_unknown_slot_leaves_the_others_served() -> None:
    assert shown(index_of(campaign(1)), ask("masthead", "top")) == ["unknown-slot", "k1"]


def test_rival_of_the_same_label_is_kept_off_the_page() -> None:
    rivals = campaign(1, Tier.GUARANTEED, exclusion=("Market",)), campaign(2, exclusion=("banka", "MARKET"))
    one_creative = replace(rivals[0], creatives=(creative(10),))
    assert shown(index_of(one_creative, rivals[1]), ask("top", "in-article")) == ["k1", "excluded"]
    other = campaign(3, Tier.HOUSE, exclusion=("banka",))
    assert shown(index_of(one_creative, rivals[1], other), ask("top", "in-article")) == ["k1", "k3"]


def test_what_earlier_requests_have_shown_keeps_its_rivals_away() -> None:
    rivals = campaign(1, exclusion=("banka",)), campaign(2, exclusion=("BANKA", "market")), campaign(3, Tier.HOUSE)
    assert shown(index_of(*rivals), ask("top", shown=["k2"])) == ["k2"]
    assert shown(index_of(*rivals[:2]), ask("top", city="van", shown=["k2", "k1", "elsewhere"])) == ["excluded"]
    assert shown(index_of(rivals[0], rivals[2]), ask("top", shown=["k2"])) == ["k1"]
    assert shown(index_of(*rivals[1:]), ask("top", shown=["k3"])) == ["k2"]


@pytest.mark.parametrize(("times", "slots"), [(0, 2), (1, 2), (2, 1), (3, 0)])
def test_what_earlier_requests_have_shown_counts_towards_the_cap(times: int, slots: int) -> None:
    index = index_of(campaign(1, Tier.GUARANTEED, page_caps=(3,)), campaign(2, Tier.HOUSE))
    for asked in (1, 2):
        answer = shown(index, ask(*("top", "in-article")[:asked], shown=["k1"] * times))
        assert answer.count("k1") == (min(slots, asked) if times + asked <= 3 else 0)


def test_slots_of_one_name_get_a_creative_each() -> None:
    index = index_of(campaign(1, creatives=[creative(10), creative(11)]))
    assert outcomes(index, ask("top", "top", "top")) == {
        (10, 11, NoFill.EXCLUDED): Fraction(1, 2),
        (11, 10, NoFill.EXCLUDED): Fraction(1, 2),
    }


def test_slot_with_attributes_of_its_own_is_of_the_same_page() -> None:
    here = campaign(1, Tier.GUARANTEED, targeting={"city": any_of("Van")}, page_caps=(1,))
    index = index_of(here, campaign(2, Tier.HOUSE, targeting={"city": any_of("Muş")}))
    request = ask("top", "in-article", "footer", city="Van")
    assert shown(index, request) == ["k1", "excluded", "excluded"]
    own = {"city": ("Muş",)}
    assert shown(index, request._replace(own={0: own})) == ["k2", "k1", "excluded"]
    assert shown(index, request._replace(own={1: own, 2: {}})) == ["k1", "k2", "no-candidates"]


def test_campaign_may_fill_two_slots_with_different_creatives() -> None:
    index = index_of(campaign(1, exclusion=("market",)))
    assert shown(index, ask("top", "in-article", "footer")) == ["k1", "k1", "excluded"]


def test_tightest_cap_holds_within_the_page() -> None:
    creatives = [creative(10, PHONE), creative(11, BOX), creative(12, LEADERBOARD)]
    index = index_of(campaign(1, Tier.GUARANTEED, creatives=creatives, caps=(2, 5)), campaign(2, Tier.HOUSE))
    assert shown(index, ask("top", "in-article", "footer")) == ["k1", "k1", "k2"]


@pytest.mark.parametrize(
    ("max_width", "likely"),
    [(None, {10, 11, 12}), (970, {10, 11, 12}), (969, {11, 12}), (727, {12}), (319, {NoFill.TOO_WIDE})],
)
def test_creative_is_never_wider_than_the_screen(max_width: int | None, likely: set[int | NoFill]) -> None:
    index = index_of(campaign(1, creatives=[creative(10, WIDE), creative(11, LEADERBOARD), creative(12, PHONE)]))
    assert outcomes(index, ask("top", max_width=max_width)).keys() == {(each,) for each in likely}


def test_creatives_are_drawn_by_weight() -> None:
    index = index_of(
        campaign(1, slots=[TOP], creatives=[creative(10, weight=2), creative(11, WIDE), creative(12, BOX)])
    )
    assert outcomes(index, ask("top")) == {(10,): Fraction(2, 3), (11,): Fraction(1, 3)}


def test_sponsors_without_share_divide_what_shares_leave() -> None:
    creatives = {number: [creative(10 * number)] for number in (1, 2, 3, 4)}
    sponsors = [campaign(number, Tier.SPONSORSHIP, creatives=creatives[number]) for number in (1, 2)]
    sharing = campaign(3, Tier.SPONSORSHIP, creatives=creatives[3], share="0.4")
    index = index_of(*sponsors, sharing, campaign(4, Tier.GUARANTEED, creatives=creatives[4]))
    assert outcomes(index, ask("top")) == {(10,): Fraction(3, 10), (20,): Fraction(3, 10), (30,): Fraction(4, 10)}


def test_share_is_of_the_requests_that_the_sponsor_may_have() -> None:
    sponsor = campaign(1, Tier.SPONSORSHIP, share="0.25", targeting={"city": any_of("Van")}, creatives=[creative(10)])
    index = index_of(sponsor, campaign(2, Tier.STANDARD, creatives=[creative(20)]))
    assert outcomes(index, ask("top", city="van")) == {(10,): Fraction(1, 4), (20,): Fraction(3, 4)}
    assert outcomes(index, ask("top", city="muş")) == {(20,): Fraction(1)}
