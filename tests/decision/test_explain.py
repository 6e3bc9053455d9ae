from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from adserver.decision import NO_PACES, AdRequest, NoFill, Paces
from adserver.decision.explain import Sieve, explain
from adserver.decision.explained import explanation_data, explanation_text
from adserver.inventory.model import Between, Campaign, CampaignId, NoneOf, Status, Tier
from tests.decision.examples import (
    BOX,
    FOOTER,
    IN_ARTICLE,
    NOW,
    PHONE,
    SITE,
    WIDE,
    any_of,
    ask,
    campaign,
    creative,
    index_of,
    outcomes,
)
from tests.decision.strategies import campaigns, paces, requests


@settings(deadline=None)
@given(campaigns() | campaigns(at_most=4, has_roadblocks=True), requests(slots=1), paces())
def test_chances_are_those_of_the_draw(booked: list[Campaign], request: AdRequest, weights: Paces) -> None:
    index = index_of(*booked)
    [slot] = explain(index, request, weights)
    told = {verdict.campaign.id: verdict.chance for verdict in slot.verdicts if verdict.chance}
    drawn: dict[CampaignId, float] = {}
    empty = 0.0
    for (answer,), chance in outcomes(index, request, weights).items():
        if isinstance(answer, NoFill):
            empty += float(chance)
            assert chance < 1e-5 or slot.why is answer
        elif answer is not None:
            owner = CampaignId(answer // 10)
            drawn[owner] = drawn.get(owner, 0.0) + float(chance)
    assert told == pytest.approx(drawn, abs=1e-4)
    assert slot.empty == pytest.approx(empty, abs=1e-4)


@pytest.mark.parametrize(
    ("booked", "request_", "sieve", "detail"),
    [
        (campaign(1, status=Status.PAUSED), ask(), Sieve.STATUS, "the campaign is paused"),
        (campaign(1, starts=NOW + timedelta(hours=1)), ask(), Sieve.DATES, "starts 2026-11-24 13:30"),
        (campaign(1, ends=NOW), ask(), Sieve.DATES, "ended 2026-11-24 12:30"),
        (
            campaign(1, targeting={"city": any_of("Van", "Muş")}),
            ask(city="Antalya"),
            Sieve.TARGETING,
            "city is one of Van, Muş, the request has Antalya",
        ),
        (
            campaign(1, targeting={"section": NoneOf(("afet",))}),
            ask(section="yerel|afet"),
            Sieve.TARGETING,
            "section is none of afet, the request has yerel, afet",
        ),
        (
            campaign(1, targeting={"temperature": Between(25, None)}),
            ask(),
            Sieve.TARGETING,
            "temperature from 25, the request has none",
        ),
        (
            campaign(1, targeting={"hours": any_of("sat-sun 09:00-24:00")}),
            ask(),
            Sieve.TARGETING,
            "hours is one of sat-sun 09:00-24:00, now tue 12:30",
        ),
        (
            campaign(1, creatives=[creative(10, status=Status.PENDING)]),
            ask(),
            Sieve.CREATIVES,
            "no creative is active: c10 pending",
        ),
        (campaign(1, creatives=[creative(10, BOX)]), ask(), Sieve.SIZE, "the slot takes 970x250, 728x90, 320x100"),
        (
            campaign(1, creatives=[creative(10, WIDE)]),
            ask(max_width=969),
            Sieve.WIDTH,
            "no creative is at most 969 wide",
        ),
        (
            campaign(1, creatives=[creative(10, hours=("18:00-24:00",))]),
            ask(),
            Sieve.CREATIVE_HOURS,
            "no creative that fits runs at tue 12:30",
        ),
        (
            campaign(1, caps=(3,)),
            ask(capped=["k1"]),
            Sieve.CAP,
            "the reader has seen it as often as its caps allow",
        ),
        (
            campaign(1, roadblock=True, creatives=[creative(10, PHONE), creative(11, BOX)]),
            ask(),
            Sieve.ROADBLOCK,
            "not all of its creatives find a slot on this page",
        ),
    ],
    ids=lambda value: value.value if isinstance(value, Sieve) else "",
)
def test_sieve_that_keeps_a_campaign_out_is_named(
    booked: Campaign, request_: AdRequest, sieve: Sieve, detail: str
) -> None:
    [slot] = explain(index_of(booked), request_)
    assert [(verdict.chance, verdict.sieve, verdict.detail) for verdict in slot.verdicts] == [(0.0, sieve, detail)]
    assert slot.empty == 1


def test_campaign_that_the_planner_holds_back_is_named() -> None:
    index = index_of(campaign(1, Tier.GUARANTEED), campaign(2, Tier.HOUSE))
    [slot] = explain(index, ask(), Paces(1, {CampaignId(1): 0.0}, {}))
    assert [(verdict.campaign.key, verdict.sieve) for verdict in slot.verdicts] == [("k2", None), ("k1", Sieve.PACE)]


def test_campaign_that_better_tiers_leave_nothing_is_named() -> None:
    index = index_of(campaign(1, Tier.HOUSE), campaign(2, Tier.SPONSORSHIP, share="1"))
    [slot] = explain(index, ask())
    assert [(verdict.campaign.key, verdict.sieve) for verdict in slot.verdicts] == [("k2", None), ("k1", Sieve.TIER)]


def test_only_campaigns_booked_in_the_slot_are_told_of() -> None:
    index = index_of(campaign(1, slots=[IN_ARTICLE]), campaign(2, slots=[FOOTER]))
    footer, masthead = explain(index, ask("footer", "masthead"))
    assert [verdict.campaign.key for verdict in footer.verdicts] == ["k2"]
    assert (masthead.why, masthead.verdicts) == (NoFill.UNKNOWN_SLOT, ())


def test_explanation_is_a_table_and_plain_data() -> None:
    index = index_of(campaign(1, Tier.GUARANTEED), replace(campaign(2), key="k-paused", status=Status.PAUSED))
    explained = explain(index, ask(), NO_PACES)
    assert explanation_text(explained) == (
        "top: empty 50.0% (paced-out)\n"
        "  chance  tier        campaign  why\n"
        "  50.00%  guaranteed  k1        weight 1\n"
        "       -  standard    k-paused  status: the campaign is paused\n"
    )
    assert explanation_data(explained)["slots"]["top"]["campaigns"][1] == {
        "campaign": "k-paused",
        "tier": "standard",
        "chance": 0.0,
        "sieve": "status",
        "detail": "the campaign is paused",
    }


def test_explaining_another_moment_changes_no_decision() -> None:
    index = index_of(campaign(1, ends=NOW + timedelta(hours=1)), campaign(2, roadblock=True), campaign(3, starts=NOW))
    before = outcomes(index, ask())
    site = index.site_indexes[SITE.id]
    pools = [place.pools for place in site.slots.values()]
    explain(index, ask(now=NOW + timedelta(days=3)), Paces(5, {CampaignId(1): 0.0}, {}))
    assert all(place.pools is kept for place, kept in zip(site.slots.values(), pools, strict=True))
    assert outcomes(index, ask()) == before


def test_roadblock_with_room_for_all_has_a_chance() -> None:
    block = campaign(1, Tier.GUARANTEED, roadblock=True, creatives=[creative(10, PHONE), creative(11, BOX)])
    top, article = explain(index_of(block), ask("top", "in-article"))
    assert (top.verdicts[0].chance, article.verdicts[0].sieve) == (0.5, Sieve.ROADBLOCK)
