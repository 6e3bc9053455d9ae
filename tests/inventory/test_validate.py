import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adserver.inventory.fields import SlotKey
from adserver.inventory.model import AnyOf, Cap, Goal, GoalKind, Pacing, Price, PriceModel, Size, Status, Tier
from adserver.inventory.records import CampaignRecord, CreativeRecord, Kind, Placement, Ref, SiteRecord, SlotRecord
from adserver.inventory.validate import Known, KnownSlot
from tests.inventory.files import REMOVED, faults_of, picture, small, wanted

C = "advertisers.0.campaigns.0"
SHOWN = "advertisers[0].campaigns[0]"


def test_small_inventory_is_read() -> None:
    records = wanted(small()).records
    assert [str(ref) for ref in records] == [
        "site demo", "slot demo/top", "slot demo/side", "site london", "slot london/top",
        "advertiser zeytin", "campaign kasim", "creative kasim/link", "creative kasim/picture",
    ]  # fmt: skip
    assert records[Ref(Kind.SITE, "demo")] == SiteRecord("Demo Haber", ("demo.example",), "Europe/Istanbul", "tr", "")
    assert records[Ref(Kind.CAMPAIGN, "kasim")] == CampaignRecord(
        advertiser="zeytin",
        name="Kasım kampanyası",
        status=Status.ACTIVE,
        starts=datetime(2026, 10, 31, 21, tzinfo=UTC),
        ends=datetime(2026, 11, 30, 21, tzinfo=UTC),
        tier=Tier.GUARANTEED,
        goal=Goal(GoalKind.IMPRESSIONS, Decimal(200000)),
        price=Price(PriceModel.CPM, 45_000_000, "TRY"),
        pacing=Pacing.EVEN,
        caps=(Cap(3, timedelta(days=1)),),
        exclusion=("market",),
        slots=(SlotKey("demo", "top"),),
        targeting={"city": AnyOf(("Antalya",))},
    )


# Paths are given as `small` takes them: sites.0.name for sites[0].name, "C." for the campaign.
ONE_FAULT: list[tuple[str, Any, str]] = [
    ("advertisers", "none", "expected a list, found none"),
    ("sites.1", "demo", "expected keys with values, found demo"),
    ("sits", [], "unknown key sits; did you mean sites?"),
    ("sites.0.name", REMOVED, "name is missing"),
    ("sites.0.name", None, "name is missing"),
    ("sites.0.name", " ", "expected text, found nothing"),
    ("sites.0.name", ["a"], "expected text, found a list"),
    ("sites.0.name", "a\nb", "expected text on one line, without control characters"),
    ("sites.0.name", "x" * 501, "expected at most 500 characters, found 501"),
    ("sites.0.nmae", "x", "unknown key nmae; did you mean name?"),
    ("sites.0.zzzz", "x", "unknown key zzzz; expected key, name, domains, timezone, language, ads_txt or slots"),
    ("sites.1.key", "Lon don", "expected at most 64 of a-z, 0-9 and dashes, not at its ends, found Lon don"),
    ("sites.0.domains", [], "expected at least one"),
    ("sites.0.domains.0", "https://a.example/", "expected a host name such as haber.example, without scheme"),
    ("sites.0.domains.0", "demo.example:8000", "expected a host name"),
    ("sites.0.domains.0", "-demo.example", "expected a host name"),
    ("sites.0.domains.0", "demo..example", "expected a host name"),
    ("sites.1.timezone", "Europe/Londn", "expected a time zone such as Europe/Istanbul, found Europe/Londn; did you"),
    ("sites.1.timezone", "../etc/passwd", "expected a time zone"),
    ("sites.0.language", "de", "expected tr or en, found de"),
    ("sites.0.ads_txt", ["a.example, 1, DIREKT"], "expected domain, account, DIRECT or RESELLER[, id], found a.exam"),
    ("sites.0.slots.1.label", ["REKLAM"], "expected text, found a list"),
    ("sites.0.slots.1.sizes", [], "expected at least one"),
    ("sites.0.slots.1.sizes.0", "300*250", "expected a size such as 728x90, found 300*250"),
    ("sites.0.slots.1.sizes.0", "0x250", "expected a size such as 728x90, found 0x250"),
    ("sites.0.slots.1.placement", "2", "expected keys with values, found 2"),
    ("sites.0.slots.1.placement", {}, "after_paragraph is missing"),
    ("advertisers.0.name", REMOVED, "name is missing"),
    ("C.key", REMOVED, "key is missing"),
    ("C.status", "stopped", "expected active or paused, found stopped"),
    ("C.starts", "soon", "expected a day (2026-11-30) or a time"),
    ("C.ends", "2026-10-30", "ends before it starts"),
    ("C.ends", "2026-11-01 00:00", "ends before it starts"),
    ("C.tier", "gold", "expected sponsorship, guaranteed, standard or house, found gold"),
    ("C.goal", {"share": "0.5"}, "only a sponsorship has a share; a guaranteed campaign has impressions, viewable or"),
    ("C.goal", {"impressions": 5, "clicks": 5}, "expected exactly one of impressions, viewable, clicks or share"),
    ("C.goal", {}, "expected exactly one of impressions, viewable, clicks or share"),
    ("C.goal", 5, "expected keys with values, found 5"),
    ("C.goal.impressions", "many", "expected a whole number, found many"),
    ("C.goal.impressions", 0, "expected a whole number from 1 to 1000000000000, found 0"),
    ("C.goal.impressions", 1.5, "expected a whole number, found 1.5"),
    ("C.price.model", "cpa", "expected cpm, vcpm, cpc or flat, found cpa"),
    ("C.price.amount", "45,00", "expected an amount such as 45.00, found 45,00; write 45.00"),
    ("C.price.amount", "-1", "expected an amount from 0 to 1000000000, found -1"),
    ("C.price.amount", "nan", "expected an amount from 0 to 1000000000, found nan"),
    ("C.price.amount", "1.2345", "a price for a thousand has at most 3 decimals"),
    ("C.price.amount", "1.2345678", "expected at most 6 decimals, found 1.2345678"),
    ("C.price.currency", "tl", "expected a currency such as TRY, found tl"),
    ("C.pacing", "fast", "expected even or asap, found fast"),
    ("C.caps.0.per", "1y", "expected a period such as 30m, 24h, 7d, 1w, lifetime or page, found 1y"),
    ("C.caps.0.impressions", 0, "expected a whole number from 1 to 10000, found 0"),
    ("C.caps.0.hours", 0, "unknown key hours; expected impressions or per"),
    ("C.status", "pending", "expected active or paused, found pending"),
    ("C.rotation", "random", "expected even, weighted or optimised, found random"),
    ("C.roadblock", "yes", "expected true or false, found yes"),
    ("C.roadblock", "true", "a roadblock shows its 2 creatives in as many slots of one page, and has fewer slots"),
    ("C.budget", "0", "a budget is above 0"),
    ("C.budget", "5.000,00", "expected an amount such as 45.00, found 5.000,00"),
    ("C.creatives.0.status", "new", "expected active, paused, pending or rejected, found new"),
    ("C.creatives.0.hours", ["mornings"], 'not a day-part such as "mon-fri 07:00-10:00"'),
    ("C.creatives.0.hours", "07:00-10:00", "expected a list, found 07:00-10:00"),
    ("C.exclusion", "market", "expected a list, found market"),
    ("C.slots", REMOVED, "slots is missing"),
    ("C.slots.0", "top", "expected site/slot, found top"),
    ("C.slots.0", "demo/tpo", "there is no slot demo/tpo; did you mean demo/top?"),
    ("C.targeting", ["Antalya"], "expected dimensions with their conditions"),
    ("C.creatives.0.size", "300x250", "none of the campaign's slots takes 300x250; they take 320x100, 728x90"),
    ("C.creatives.0.kind", "video", "expected image, html or text, found video"),
    ("C.creatives.1.src", "ftp://a.example/", "expected an address beginning with https:// or http://"),
    ("C.creatives.0.click_url", "javascript:alert(1)", "expected an address beginning with https:// or http://"),
    ("C.creatives.0.click_url", "https://", "expected an address"),
    ("C.creatives.0.click_url", "https://a.example/ b", "expected an address"),
    ("C.creatives.0.click_url", "https://a.example:99999/", "expected an address"),
    ("C.creatives.0.click_url", f"https://a.example/{'x' * 2000}", "expected an address"),
    ("C.creatives.0.weight", 1001, "expected a whole number from 1 to 1000, found 1001"),
    ("C.creatives.0.html", "{clickurl}{pageurll}", "unknown macro {pageurll}; did you mean {pageurl}?"),
    ("C.creatives.0.html", "\x01{clickurl}", "expected HTML without control characters"),
    ("C.creatives.0.html", "{clickurl}" + "x" * 250_000, "expected at most 250,000 characters, found 250,010"),
]


def test_budget_needs_a_price_for_events() -> None:
    for price in (REMOVED, {"model": "flat", "amount": "900.00"}):
        [fault] = faults_of(small((f"{C}.price", price), (f"{C}.budget", "100.00")))
        assert fault.message == "a budget is spent by events: the campaign needs a price of cpm, vcpm or cpc"


def test_roadblock_that_a_cap_forbids_is_told() -> None:
    slots = ["demo/top", "demo/side"]
    tight = [{"impressions": 1, "per": "24h"}]
    [fault] = faults_of(small((f"{C}.slots", slots), (f"{C}.roadblock", "true"), (f"{C}.caps", tight)))
    assert fault.message == "a roadblock shows its 2 creatives at once, which a cap forbids"


def shown(path: str) -> str:
    return re.sub(r"\.(\d+)", r"[\1]", path.replace("C.", f"{C}."))


TEXT = "a text creative has title, text, and at most one of file, asset or src"


@pytest.mark.parametrize(
    ("placement", "message"),
    [
        ({"within": "article"}, "after_paragraph is missing"),
        ({"after_paragraph": 0}, "expected a paragraph from 1 to 1000, or from -1 on, counted from the end, found 0"),
        ({"after_paragraph": "two"}, "expected a paragraph from 1 to 1000, or from -1 on, counted from the end"),
        ({"after_paragraph": 2, "within": "a{}"}, "expected a CSS selector such as article or .news-text, found a{}"),
        ({"after_paragraph": 2, "within": "a[b"}, "expected a CSS selector such as article or .news-text, found a[b"),
        ({"after_paragraph": 2, "every": 3}, "every and max go together: every 3 paragraphs, at most 4 times"),
        ({"after_paragraph": 2, "max": 3}, "every and max go together"),
        ({"after_paragraph": 2, "every": 0, "max": 1}, "expected a whole number from 1 to 100, found 0"),
        ({"after_paragraph": 2, "every": 2, "max": 99}, "expected a whole number from 1 to 20, found 99"),
        (
            {"after_paragraph": -1, "every": 2, "max": 2},
            "every counts on from a paragraph that is counted from the begi",
        ),
        ({"after_paragraph": 2, "evry": 2}, "unknown key evry; did you mean every?"),
    ],
)
def test_placement_is_one_that_can_be_carried_out(placement: dict[str, Any], message: str) -> None:
    [fault] = faults_of(small(("sites.0.slots.1.placement", placement)))
    assert fault.path.startswith("sites[0].slots[1].placement")
    assert fault.message.startswith(message)


@pytest.mark.parametrize(
    ("path", "value", "message"), ONE_FAULT, ids=[f"{path}={str(value)[:20]}" for path, value, _ in ONE_FAULT]
)
def test_each_fault_is_told_once_at_its_value(path: str, value: Any, message: str) -> None:
    [fault] = faults_of(small((path.replace("C.", f"{C}."), value)))
    assert fault.path.startswith(shown(path))
    assert fault.message.startswith(message)


def test_a_flat_price_needs_the_days_over_which_it_is_earned() -> None:
    changes = (f"{C}.price.model", "flat"), (f"{C}.starts", REMOVED), (f"{C}.ends", REMOVED), (f"{C}.goal", REMOVED)
    [fault] = faults_of(small(*changes, (f"{C}.tier", "standard")))
    assert fault.path == f"{SHOWN}.price"
    assert fault.message == "a flat price is earned from start to end: the campaign needs starts and ends"


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("sites.0.domains.1", "DEMO.example.", "sites[0].domains: demo.example is given twice"),
        ("sites.0.slots.1.sizes.1", "300x250", "sites[0].slots[1].sizes: 300x250 is given twice"),
        (f"{C}.exclusion.1", "market", f"{SHOWN}.exclusion: market is given twice"),
        (f"{C}.slots.1", "demo/top", f"{SHOWN}.slots: demo/top is given twice"),
        ("sites.0.slots.1.name", "top", "sites[0].slots[1].name: slot demo/top is already on line 1"),
        ("advertisers.1", {"key": "zeytin", "name": "Z"}, "advertisers[1].key: advertiser zeytin is already on line 1"),
        (f"{C}.creatives.1.key", "link", f"{SHOWN}.creatives[1].key: creative kasim/link is already on line 1"),
        (
            "advertisers.1",
            {"key": "b", "name": "B", "campaigns": [{"key": "kasim", "name": "K", "tier": "house", "slots": []}]},
            "advertisers[1].campaigns[0].key: campaign kasim is already on line 1",
        ),
    ],
)
def test_what_must_be_unique_is(path: str, value: Any, fault: str) -> None:
    assert [str(found) for found in faults_of(small((path, value)))] == [f"line 1: {fault}"]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (f"{C}.ends", REMOVED, "tier: a guaranteed campaign needs ends"),
        (f"{C}.goal", REMOVED, "tier: a guaranteed campaign needs goal"),
        (f"{C}.tier", "house", "goal: a house campaign has no goal"),
        (f"{C}.tier", "sponsorship", "goal: a sponsorship's goal is a share, found impressions"),
    ],
)
def test_tier_and_goal_must_suit_each_other(path: str, value: Any, fault: str) -> None:
    assert [str(found) for found in faults_of(small((path, value)))] == [f"line 1: {SHOWN}.{fault}"]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "creatives.0.src",
            "https://a.example/a.png",
            "an html creative has html and no other source, found src and html",
        ),
        ("creatives.0.html", REMOVED, "an html creative has html and no other source, found none"),
        ("creatives.1.title", "Zeytin", "an image has one of file, asset or src, found src and title"),
        (
            "creatives.1.kind",
            "text",
            "a text creative has title, text, and at most one of file, asset or src, found src",
        ),
        (
            "creatives.0.kind",
            "text",
            "a text creative has title, text, and at most one of file, asset or src, found html",
        ),
        ("creatives.1.src", REMOVED, "an image has one of file, asset or src, found none"),
        ("creatives.1.html", "<a href={clickurl}>", "an image has one of file, asset or src, found src and html"),
    ],
)
def test_creative_has_the_source_of_its_kind(path: str, value: Any, message: str) -> None:
    [fault] = faults_of(small((f"{C}.{path}", value)))
    assert fault.path == f"{SHOWN}.creatives[{path.split('.')[1]}].kind"
    assert fault.message == message


def test_all_faults_are_told_at_once() -> None:
    faults = faults_of(
        small(
            ("sites.0.timezone", "Mars"),
            ("sites.1.slots.0.sizes", ["big"]),
            (f"{C}.name", REMOVED),
            (f"{C}.ends", "2026-01-01"),
            (f"{C}.goal", {"share": "0.1"}),
            (f"{C}.targeting.hours", "mon 7-10"),
            (f"{C}.creatives.0.size", "300x250"),
            (f"{C}.creatives.0.html", "<b>"),
            (f"{C}.creatives.1.weight", 0),
        )
    )
    assert sorted(fault.path for fault in faults) == [
        f"{SHOWN}.creatives[0].html",
        f"{SHOWN}.creatives[0].size",
        f"{SHOWN}.creatives[1].weight",
        f"{SHOWN}.ends",
        f"{SHOWN}.goal",
        f"{SHOWN}.name",
        f"{SHOWN}.targeting.hours",
        "sites[0].timezone",
        "sites[1].slots[0].sizes[0]",
    ]


def test_faults_stand_in_the_order_of_lines() -> None:
    text = """\
sites:
  - key: demo
    domains: [demo.example]
    slots:
      - {name: top, label: REKLAM, sizes: [728x90]}
advertisers:
  - key: zeytin
    name: Zeytin
    campaigns:
      - key: kasim
        name: Kasım
        tier: standard
        goal:
          impresions: 5
        slots:
          - demo/top
          - demo/footer
"""
    assert [str(fault) for fault in faults_of(text)] == [
        "line 2: sites[0].name: name is missing",
        "line 14: advertisers[0].campaigns[0].goal.impresions: unknown key impresions; did you mean impressions?",
        "line 17: advertisers[0].campaigns[0].slots[1]: there is no slot demo/footer; did you mean demo/top?",
    ]


def test_optional_fields_may_be_left_out() -> None:
    text = """\
sites:
  - {key: demo, name: Demo, domains: [demo.example], slots: [{name: top, label: REKLAM, sizes: [728x90]}]}
advertisers:
  - {key: ev, name: Ev, campaigns: [{key: ev, name: Ev, tier: house, slots: [demo/top]}]}
"""
    records = wanted(text).records
    assert records[Ref(Kind.SITE, "demo")] == SiteRecord("Demo", ("demo.example",), "Europe/Istanbul", "tr", "")
    campaign = records[Ref(Kind.CAMPAIGN, "ev")]
    assert isinstance(campaign, CampaignRecord)
    assert (campaign.starts, campaign.ends, campaign.goal, campaign.price, campaign.caps) == (
        None,
        None,
        None,
        None,
        (),
    )


def test_paused_campaign_and_creative_and_placement_are_read() -> None:
    records = wanted(
        small(
            (f"{C}.status", "paused"),
            (f"{C}.creatives.0.status", "paused"),
            ("sites.0.slots.0.placement", {"after_paragraph": 2, "within": "article"}),
        )
    ).records
    assert getattr(records[Ref(Kind.CAMPAIGN, "kasim")], "status", None) is Status.PAUSED
    assert getattr(records[Ref(Kind.CREATIVE, "link", "kasim")], "status", None) is Status.PAUSED
    assert records[Ref(Kind.SLOT, "top", "demo")] == SlotRecord(
        "REKLAM ALANI", (Size(728, 90), Size(320, 100)), Placement(2, "article")
    )


@pytest.mark.parametrize(
    "ads_txt", [["# ours", "a.example, 1, DIRECT"], "# ours\na.example, 1, DIRECT\n"], ids=["list", "text"]
)
def test_ads_txt_is_a_text_or_a_list_of_lines(ads_txt: Any) -> None:
    site = wanted(small(("sites.0.ads_txt", ads_txt))).records[Ref(Kind.SITE, "demo")]
    assert isinstance(site, SiteRecord)
    assert site.ads_txt == "# ours\na.example, 1, DIRECT"


@pytest.mark.parametrize(
    ("domain", "stored"),
    [("Örnek.com", "xn--rnek-4qa.com"), ("localhost", "localhost"), ("127.0.0.1", "127.0.0.1"), ("[::1]", "::1")],
)
def test_domain_is_kept_as_browsers_send_it(domain: str, stored: str) -> None:
    site = wanted(small(("sites.0.domains", [domain]))).records[Ref(Kind.SITE, "demo")]
    assert isinstance(site, SiteRecord)
    assert site.domains == (stored,)


def test_days_of_a_campaign_in_two_zones_need_an_offset() -> None:
    two_zones = (f"{C}.slots.1", "london/top")
    assert [fault.path for fault in faults_of(small(two_zones))] == [f"{SHOWN}.starts", f"{SHOWN}.ends"]
    times = ((f"{C}.starts", "2026-11-01T00:00+03:00"), (f"{C}.ends", "2026-11-30T00:00Z"))
    assert faults_of(small(two_zones, *times)) == []


def test_slot_that_stays_in_the_database_may_be_named() -> None:
    known = Known({SlotKey("old", "left"): KnownSlot((Size(728, 90),), "Europe/Istanbul")})
    assert faults_of(small((f"{C}.slots", ["old/left"])), known=known) == []
    assert [fault.path for fault in faults_of(small((f"{C}.slots", ["old/left"])))] == [f"{SHOWN}.slots[0]"]


def test_zone_in_the_file_counts_for_the_stored_slots_of_its_site() -> None:
    known = Known({SlotKey("london", "left"): KnownSlot((Size(728, 90),), "Europe/Istanbul")})
    campaign = wanted(small((f"{C}.slots", ["london/left"])), known=known).records[Ref(Kind.CAMPAIGN, "kasim")]
    assert isinstance(campaign, CampaignRecord)
    assert campaign.starts == datetime(2026, 11, 1, tzinfo=UTC)


def test_wrong_slot_brings_no_fault_of_a_size() -> None:
    assert [fault.path for fault in faults_of(small(("sites.0.slots.0.sizes", ["728*90"])))] == [
        "sites[0].slots[0].sizes[0]"
    ]


def test_image_file_becomes_an_asset(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(1456, 180))
    text = small((f"{C}.creatives.1.src", REMOVED), (f"{C}.creatives.1.file", "a.png"))
    inventory = wanted(text, tmp_path)
    creative = inventory.records[Ref(Kind.CREATIVE, "picture", "kasim")]
    assert isinstance(creative, CreativeRecord)
    assert list(inventory.assets) == [creative.asset]
    assert inventory.assets[creative.asset or ""].content == picture(1456, 180)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no file a.png"),
        (b"text", "the file is no PNG, JPEG, GIF or WEBP image"),
        (picture(720, 90), "the image is 720x90; expected 728x90, or 1456x180 for dense screens"),
        (picture(728, 90) + b"x" * 200_000, "the file has 196 kB; 728x90 may have 150 kB"),
    ],
    ids=["missing", "text", "size", "weight"],
)
def test_bad_image_file_is_a_fault(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    text = small((f"{C}.creatives.1.src", REMOVED), (f"{C}.creatives.1.file", "a.png"))
    assert [(fault.path, message in fault.message) for fault in faults_of(text, tmp_path)] == [
        (f"{SHOWN}.creatives[1].file", True)
    ]


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ({}, "no image 0123456789abcdef0123456789abcdef.png is stored; give it as file"),
        ({"0123456789abcdef0123456789abcdef.png": Size(300, 250)}, "the image is 300x250; expected 728x90"),
        ({"0123456789abcdef0123456789abcdef.png": Size(728, 90)}, None),
    ],
)
def test_asset_must_be_stored_in_its_size(stored: dict[str, Size], message: str | None) -> None:
    text = small((f"{C}.creatives.1.src", REMOVED), (f"{C}.creatives.1.asset", "0123456789abcdef0123456789abcdef.png"))
    faults = faults_of(text, known=Known(assets=stored))
    assert [message is not None and message in fault.message for fault in faults] == ([True] if message else [])
