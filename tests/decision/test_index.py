from adserver.inventory.model import CreativeId, Status
from tests.decision.examples import SITE, campaign, index_of


def test_index_finds_sites() -> None:
    index = index_of(campaign(1))
    assert (index.site("haber"), index.site("spor")) == (SITE, None)


def test_index_knows_where_creatives_of_paused_campaigns_lead() -> None:
    index = index_of(campaign(1, status=Status.PAUSED))
    assert index.click_url(CreativeId(10)) == "https://example.com/10"
    assert index.click_url(CreativeId(99)) is None
