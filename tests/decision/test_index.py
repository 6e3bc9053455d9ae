from dataclasses import replace

from adserver.decision import build_index
from adserver.decision.explain import explain
from adserver.inventory.model import CreativeId, Inventory, Status, Tier
from tests.decision.examples import NOW, SITE, SLOTS, TOP, ask, campaign, creative, index_of, shown

INVENTORY = Inventory((SITE,), SLOTS, (), (), {})


def test_index_finds_sites() -> None:
    index = index_of(campaign(1))
    assert (index.sites.get("haber"), index.sites.get("spor")) == (SITE, None)


def test_index_knows_where_creatives_of_paused_campaigns_lead() -> None:
    index = index_of(campaign(1, status=Status.PAUSED))
    assert index.click_url(CreativeId(10)) == "https://example.com/10"
    assert index.click_url(CreativeId(99)) is None


def test_next_index_takes_over_what_has_not_changed_and_nothing_else() -> None:
    one, two = campaign(1, slots=[TOP]), campaign(2, Tier.SPONSORSHIP, creatives=[creative(20, hours=("12:00-13:00",))])
    before = index_of(one, two)
    paused, three = replace(two, status=Status.PAUSED), campaign(3, creatives=[creative(30, hours=("06:00-07:00",))])
    after = build_index(replace(INVENTORY, campaigns=[one, paused, three]), before=before)
    assert after.candidates[one.id] is before.candidates[one.id]
    assert (shown(before, ask()), shown(after, ask())) == (["k2"], ["k1"])
    morning = ask(now=NOW.replace(hour=3))
    assert [shown(index, morning._replace(slots=("footer",))) for index in (before, after)] == [
        ["out-of-hours"],
        ["k3"],
    ]
    changed = build_index(replace(INVENTORY, campaigns=[replace(one, tier=Tier.HOUSE), three]), before=after)
    assert changed.candidates[one.id].campaign.tier is Tier.HOUSE


def test_campaign_that_is_over_is_left_out_but_explained() -> None:
    index = build_index(replace(INVENTORY, campaigns=[campaign(1, ends=NOW), campaign(2)]), now=NOW)
    assert set(index.candidates) == {2}
    assert [verdict.campaign.id for slot in explain(index, ask()) for verdict in slot.verdicts] == [2, 1]
