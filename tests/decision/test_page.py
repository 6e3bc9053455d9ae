from fractions import Fraction

import pytest

from adserver.decision import AdRequest, NoFill, Paces, decide
from adserver.inventory.model import Campaign, CampaignId, CreativeId, Rotation, Tier
from tests.decision.examples import (
    BOX,
    FOOTER,
    IN_ARTICLE,
    LEADERBOARD,
    PHONE,
    TOP,
    WIDE,
    any_of,
    ask,
    campaign,
    creative,
    index_of,
    outcomes,
    shown,
)

PAGE_SLOTS = ("top", "in-article", "footer")
TRIO = [creative(10, LEADERBOARD), creative(11, BOX), creative(12, PHONE)]
HOUSE = campaign(9, Tier.HOUSE, creatives=[creative(90, PHONE), creative(91, BOX), creative(92, LEADERBOARD)])
ALWAYS = Paces(1, {CampaignId(1): 1e12}, {})


def roadblock(**options: object) -> Campaign:
    return campaign(1, Tier.GUARANTEED, roadblock=True, **{"creatives": TRIO, **options})


def pages(*booked: Campaign, request: AdRequest) -> set[tuple[object, ...]]:
    return {
        page for page, chance in outcomes(index_of(*booked), request, ALWAYS).items() if chance > Fraction(1, 10**6)
    }


def test_roadblock_takes_all_its_slots_at_once() -> None:
    for page in pages(roadblock(), HOUSE, request=ask(*PAGE_SLOTS)):
        assert sorted(page) == [10, 11, 12]
        assert page[1] == 11


def test_roadblock_leaves_other_slots_to_others() -> None:
    two = roadblock(creatives=[creative(10, WIDE), creative(11, BOX)], slots=[TOP, IN_ARTICLE])
    assert {page[:2] for page in pages(two, HOUSE, request=ask(*PAGE_SLOTS))} == {(10, 11)}
    assert {page[2] for page in pages(two, HOUSE, request=ask(*PAGE_SLOTS))} == {90, 92}


@pytest.mark.parametrize(
    ("booked", "request_"),
    [
        (roadblock(), ask("top", "in-article")),
        (roadblock(), ask("in-article", "footer")),
        (roadblock(), ask(*PAGE_SLOTS, max_width=500)),
        (roadblock(caps=(2,)), ask(*PAGE_SLOTS)),
        (roadblock(page_caps=(2,)), ask(*PAGE_SLOTS)),
        (roadblock(slots=[TOP, FOOTER]), ask(*PAGE_SLOTS)),
        (roadblock(caps=(9,)), ask(*PAGE_SLOTS, capped=["k1"])),
    ],
    ids=["slot-missing", "other-slot-missing", "screen", "cap", "page-cap", "slot-not-booked", "reader-capped"],
)
def test_roadblock_that_cannot_show_all_shows_none(booked: Campaign, request_: AdRequest) -> None:
    found = pages(booked, HOUSE, request=request_)
    assert found
    assert not {10, 11, 12} & {key for page in found for key in page}


def test_slot_that_only_a_roadblock_wanted_says_so() -> None:
    assert shown(index_of(roadblock()), ask("top")) == ["roadblock"]


def test_two_roadblocks_never_mix() -> None:
    other = campaign(
        2, Tier.STANDARD, roadblock=True, creatives=[creative(20, LEADERBOARD), creative(21, BOX), creative(22, PHONE)]
    )
    found = outcomes(index_of(roadblock(), other), ask(*PAGE_SLOTS))
    assert {frozenset(int(str(key)) // 10 for key in page) for page in found} == {frozenset({1}), frozenset({2})}


def test_rival_of_a_roadblock_stays_off_its_page() -> None:
    block = roadblock(creatives=TRIO[:2], slots=[TOP, IN_ARTICLE], exclusion=("market",))
    rival = campaign(2, exclusion=("Market",), creatives=[creative(20, PHONE)])
    assert {page[2] for page in pages(block, rival, HOUSE, request=ask(*PAGE_SLOTS))} == {90, 92}


def test_cap_of_a_page_holds_and_needs_no_record() -> None:
    index = index_of(campaign(1, Tier.SPONSORSHIP, creatives=TRIO, page_caps=(1,)), HOUSE)
    assert shown(index, ask(*PAGE_SLOTS)) == ["k1", "k9", "k9"]
    assert shown(index, ask("top", capped=["k1"])) == ["k1"]


def test_reader_that_has_reached_the_caps_sees_others() -> None:
    index = index_of(campaign(1, Tier.SPONSORSHIP, caps=(3,)), campaign(2, Tier.SPONSORSHIP, slots=[FOOTER]))
    assert shown(index, ask("top", "footer", capped=["k1", "k2", "no-such-key"])) == ["capped", "k2"]


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [
        (Rotation.EVEN, (Fraction(1, 2), Fraction(1, 2))),
        (Rotation.WEIGHTED, (Fraction(3, 4), Fraction(1, 4))),
        (Rotation.OPTIMISED, (Fraction(1, 5), Fraction(4, 5))),
    ],
)
def test_creatives_take_turns_as_the_campaign_says(rotation: Rotation, expected: tuple[Fraction, Fraction]) -> None:
    both = [creative(10, weight=3), creative(11)]
    index = index_of(campaign(1, Tier.STANDARD, slots=[TOP], creatives=both, rotation=rotation))
    shares = Paces(1, {}, {CreativeId(10): 0.2, CreativeId(11): 0.8})
    assert outcomes(index, ask("top"), shares) == dict(zip([(10,), (11,)], expected, strict=True))


def test_creative_without_a_share_is_an_average_one() -> None:
    both = [creative(10, weight=3), creative(11)]
    index = index_of(campaign(1, slots=[TOP], creatives=both, rotation=Rotation.OPTIMISED))
    assert outcomes(index, ask("top"), Paces(1, {}, {CreativeId(10): 0.25}))[11,] == Fraction(2, 3)
    assert outcomes(index, ask("top"))[10,] == Fraction(1, 2)


def test_creatives_have_hours_of_their_own() -> None:
    lunch, evening = (creative(10, hours=("12:00-13:00",)), creative(11, hours=("18:00-24:00",)))
    noon, night = ask("top"), ask("top")._replace(now=ask().now.replace(hour=17))
    index = index_of(campaign(1, slots=[TOP], creatives=[lunch, evening]))
    for request, key in ((noon, 10), (night, 11), (noon, 10)):
        assert outcomes(index, request) == {(key,): Fraction(1)}
    morning = ask("top")._replace(now=ask().now.replace(hour=6))
    assert shown(index, morning) == ["out-of-hours"]


def test_same_creative_in_a_slot_is_the_same_decision() -> None:
    index = index_of(campaign(1))
    one, other = (decide(index, ask("top"), lambda: 0.0) for _ in range(2))
    assert one[0] is other[0]


def test_campaign_in_two_slots_shows_each_creative_once() -> None:
    index = index_of(campaign(1, creatives=[creative(10), creative(11)], slots=[TOP, FOOTER]))
    assert outcomes(index, ask("top", "footer")) == {(10, 11): Fraction(1, 2), (11, 10): Fraction(1, 2)}


@pytest.mark.parametrize("exclusion", [(), ("market",)], ids=["itself", "rival"])
def test_sponsor_keeps_its_share_where_the_page_keeps_another_out(exclusion: tuple[str, ...]) -> None:
    """Each of the two has 0.6, scaled down to a half as long as both may have the slot."""
    first = campaign(1, Tier.SPONSORSHIP, share="0.6", creatives=[creative(10)], exclusion=exclusion)
    second = campaign(2, Tier.SPONSORSHIP, share="0.6", creatives=[creative(20), creative(21)])
    third = campaign(3, Tier.SPONSORSHIP, share="0.6", slots=[FOOTER], creatives=[creative(30)], exclusion=exclusion)
    found = outcomes(index_of(first, second, third), ask("top", "footer"))
    after_first = {page[1]: chance / Fraction(1, 2) for page, chance in found.items() if page[0] == 10}
    if exclusion:
        assert after_first == {20: Fraction(3, 10), 21: Fraction(3, 10), NoFill.OUT_OF_SHARE: Fraction(2, 5)}
    else:
        assert after_first == {20: Fraction(1, 4), 21: Fraction(1, 4), 30: Fraction(1, 2)}


@pytest.mark.parametrize("tier", [Tier.SPONSORSHIP, Tier.STANDARD])
def test_campaign_that_may_come_again_is_as_likely_as_others(tier: Tier) -> None:
    again = campaign(1, tier, creatives=[creative(10), creative(11)])
    index = index_of(again, campaign(2, tier, slots=[FOOTER], creatives=[creative(20)]))
    assert outcomes(index, ask("top", "footer")) == {
        (10, 11): Fraction(1, 4),
        (10, 20): Fraction(1, 4),
        (11, 10): Fraction(1, 4),
        (11, 20): Fraction(1, 4),
    }


def test_roadblock_stands_only_where_each_slot_may_have_it() -> None:
    here = roadblock(creatives=TRIO[:2], targeting={"city": any_of("Van")})
    request = ask("top", "in-article", city="Van")
    assert {frozenset(page) for page in pages(here, request=request)} == {frozenset({10, 11})}
    elsewhere = request._replace(own={1: {"city": ("Muş",)}})
    assert pages(here, request=elsewhere) == {(NoFill.ROADBLOCK, NoFill.NO_CANDIDATES)}


def test_roadblock_takes_two_slots_of_one_name() -> None:
    alike = roadblock(creatives=[creative(10), creative(11)])
    assert {frozenset(page) for page in pages(alike, request=ask("top", "top"))} == {frozenset({10, 11})}
