import pytest

from adserver.delivery.macros import Showing, fill, prepare
from adserver.inventory.model import AdvertiserId, Campaign, CampaignId, Creative, CreativeId, CreativeKind, Size, Tier

CREATIVE = Creative(CreativeId(7), CampaignId(3), "x-300", CreativeKind.HTML, Size(300, 250), "https://a.example/")
CAMPAIGN = Campaign(CampaignId(3), AdvertiserId(1), "kasim", "Kasım", Tier.STANDARD, (), (CREATIVE,))
SHOWING = Showing("TOKEN", "https://ads.example", 42, 1_790_000_000, 'https://haber.example/a?b="c"&ş')


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("{clickurl}", "https://ads.example/v1/c/TOKEN"),
        ("%%CLICK_URL_UNESC%%", "https://ads.example/v1/c/TOKEN"),
        ("${CLICK_URL}", "https://ads.example/v1/c/TOKEN"),
        ("{clickurl_enc}", "https%3A%2F%2Fads.example%2Fv1%2Fc%2FTOKEN"),
        ("%%CLICK_URL_ESC%%", "https%3A%2F%2Fads.example%2Fv1%2Fc%2FTOKEN"),
        ("{random} %%CACHEBUSTER%% ${CACHEBUSTER}", "42 42 42"),
        ("{timestamp}", "1790000000"),
        ("{pageurl}", "https%3A%2F%2Fhaber.example%2Fa%3Fb%3D%22c%22%26%C5%9F"),
        ("{campaignid}/{bannerid}", "kasim/x-300"),
        ("a${GDPR}b${GDPR_CONSENT_755}c", "abc"),
        ("{unknown} \ue001", "{unknown} "),
    ],
)
def test_macros_are_filled_in_for_their_place(markup: str, expected: str) -> None:
    assert fill(prepare(markup, CAMPAIGN, CREATIVE), SHOWING) == expected


def test_a_value_that_looks_like_a_macro_is_left_as_it_is() -> None:
    showing = SHOWING._replace(page="{clickurl}")
    assert fill(prepare("{pageurl}", CAMPAIGN, CREATIVE), showing) == "%7Bclickurl%7D"
