from adserver.inventory.model import CreativeId, SiteId, SlotId, Status
from tests.decision.examples import SITE, TOP, campaign, index_of


def test_index_finds_sites_and_slots() -> None:
    index = index_of(campaign(1))
    assert (index.site("haber"), index.site("spor")) == (SITE, None)
    assert (index.slot(SITE.id, "top"), index.slot(SITE.id, "left"), index.slot(SiteId(9), "top")) == (TOP, None, None)
    assert (index.slot_by_id(TOP.id), index.slot_by_id(SlotId(99))) == (TOP, None)


def test_index_knows_creatives_of_paused_campaigns() -> None:
    paused = campaign(1, status=Status.PAUSED)
    index = index_of(paused)
    assert index.campaign(CreativeId(10)) == paused
    assert index.click_url(CreativeId(10)) == "https://example.com/10"
    assert (index.campaign(CreativeId(99)), index.click_url(CreativeId(99))) == (None, None)
