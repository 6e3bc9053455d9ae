from dataclasses import replace

import pytest

from adserver.inventory.plan import Action, compare
from adserver.inventory.records import AdvertiserRecord, CampaignRecord, Kind, Record, Ref, Stored
from tests.inventory.files import small, wanted

C = "advertisers.0.campaigns.0"
RECORDS = wanted(small()).records
KASIM = Ref(Kind.CAMPAIGN, "kasim")


def stored(records: dict[Ref, Record], *archived: Ref) -> dict[Ref, Stored]:
    return {ref: Stored(record, ref in archived) for ref, record in records.items()}


def test_everything_is_created_in_an_empty_database_what_is_referred_to_first() -> None:
    assert (
        str(compare(RECORDS, {}, prune=True))
        == """\
+ site demo
+ site london
+ slot demo/top
+ slot demo/side
+ slot london/top
+ advertiser zeytin
+ campaign kasim
+ creative kasim/link
+ creative kasim/picture
Plan: 9 to create."""
    )


def test_same_inventory_is_an_empty_plan() -> None:
    plan = compare(RECORDS, stored(dict(RECORDS)), prune=True)
    assert not plan
    assert str(plan) == "Plan: nothing changes."


def test_change_names_its_fields_old_and_new() -> None:
    changed = wanted(
        small(
            (f"{C}.name", "Aralık kampanyası"),
            (f"{C}.ends", "2026-12-31"),
            (f"{C}.tier", "standard"),
            (f"{C}.goal", {"clicks": 500}),
            (f"{C}.price", {"model": "cpc", "amount": "0.125"}),
            (f"{C}.caps", [{"impressions": 1, "per": "lifetime"}, {"impressions": 3, "per": "30m"}]),
            (f"{C}.exclusion", []),
            (f"{C}.slots", ["demo/top", "demo/side"]),
            (f"{C}.targeting", {"city": {"not": "Van"}, "temperature": {"min": 25}}),
            (f"{C}.creatives.0.html", "<a href='{clickurl}'>" + "x" * 100),
            ("sites.0.slots.0.placement", {"after_paragraph": 2}),
        )
    )
    assert (
        str(compare(changed.records, stored(dict(RECORDS)), prune=False))
        == f"""\
~ slot demo/top
    placement: nothing → {{"after_paragraph": 2}}
~ campaign kasim
    name: Kasım kampanyası → Aralık kampanyası
    ends: 2026-11-30 21:00+00:00 → 2026-12-31 21:00+00:00
    tier: guaranteed → standard
    goal: 200000 impressions → 500 clicks
    price: 45.00 TRY cpm → 0.125 TRY cpc
    caps: 3 per 24h → 1 per lifetime, 3 per 30m
    exclusion: market → nothing
    slots: demo/top → demo/side, demo/top
    targeting: {{"city": ["Antalya"]}} → {{"city": {{"not": ["Van"]}}, "temperature": {{"min": 25}}}}
~ creative kasim/link
    html: <a href='{{clickurl}}'>Zeytin</a> → <a href='{{clickurl}}'>{"x" * 59}… (121 characters)
Plan: 3 to change."""
    )


def test_archived_record_is_restored_with_what_the_file_says() -> None:
    old = stored(dict(RECORDS), KASIM)
    campaign = RECORDS[KASIM]
    assert isinstance(campaign, CampaignRecord)
    plan = compare({**RECORDS, KASIM: replace(campaign, name="Yeni")}, old, prune=False)
    assert (
        str(plan)
        == """\
^ campaign kasim (restored)
    name: Kasım kampanyası → Yeni
Plan: 1 to restore."""
    )


@pytest.mark.parametrize("prune", [False, True])
def test_what_the_file_leaves_out_is_archived_only_by_pruning(prune: bool) -> None:
    kept = {ref: record for ref, record in RECORDS.items() if ref.kind not in (Kind.CAMPAIGN, Kind.CREATIVE)}
    plan = compare(kept, stored(dict(RECORDS)), prune=prune)
    assert [(change.action, str(change.ref)) for change in plan.changes] == (
        [
            (Action.ARCHIVE, "creative kasim/link"),
            (Action.ARCHIVE, "creative kasim/picture"),
            (Action.ARCHIVE, "campaign kasim"),
        ]
        if prune
        else []
    )


def test_what_is_archived_already_is_left_alone() -> None:
    kept = {Ref(Kind.ADVERTISER, "zeytin"): AdvertiserRecord("Zeytin Market")}
    assert not compare(kept, stored(dict(RECORDS), *(RECORDS.keys() - kept.keys())), prune=True)
