"""Creatives as the tag gets them: caps, texts, frames of their own, and refreshes counted apart."""

import pytest

from adserver.counting.token import AdToken
from tests.delivery.conftest import Service
from tests.waiting import until


async def add(service: Service, statement: str) -> None:
    """Change the inventory and wait until it is in use."""
    before = service.context.snapshot
    await service.connection.execute(statement)
    await until(lambda: service.context.snapshot is not before)


async def test_capped_campaign_tells_its_caps_and_is_left_out_where_the_reader_has_reached_one(
    service: Service,
) -> None:
    caps = '[{"impressions": 2, "per": "24h"}, {"impressions": 1, "per": "page"}]'
    await add(service, f"update campaign set caps = '{caps}' where key = 'zeytin-top'")
    slot = (await service.ads())["slots"]["top"]
    assert slot["caps"] == [{"impressions": 2, "seconds": 86400}, {"impressions": 1, "seconds": 0}]
    assert (await service.ads(capped="other,zeytin-top"))["slots"] == {"top": None}


async def test_campaign_without_caps_is_never_capped(service: Service) -> None:
    assert (await service.ads(capped="zeytin-top"))["slots"]["top"]


async def test_more_capped_campaigns_than_allowed_are_refused(service: Service) -> None:
    query = {"site": "haber", "slots": "top", "capped": ",".join(f"c{number}" for number in range(21))}
    response = await service.client.get("/v1/ads", params=query)
    assert (response.status_code, response.json()["reason"]) == (400, "more than 20 capped campaigns")


async def test_text_comes_as_its_words_and_as_markup(service: Service) -> None:
    words = "kind = 'text', src = null, title = 'A & <b>', text = 'Yeni mahsul'"
    await add(service, f"update creative set {words} where kind = 'image'")
    slot = (await service.ads())["slots"]["top"]
    assert (slot["kind"], slot["title"], slot["text"]) == ("text", "A & <b>", "Yeni mahsul")
    assert "image" not in slot
    html = (await service.client.get("/v1/slots/haber/top")).text
    assert '<strong class="adserver-title">A &amp; &lt;b&gt;</strong> Yeni mahsul</span></a>' in html


async def test_frame_shows_the_creative_of_its_token_without_an_origin(service: Service) -> None:
    token = (await service.ads("in-article", **{"kv.city": "Kahramanmaraş"}))["slots"]["in-article"]["token"]
    response = await service.client.get(f"/v1/f/{token}?page=x")
    assert f"<a href='http://ads.example/v1/c/{token}'>zeytin-html" in response.text
    assert response.headers["content-security-policy"].startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "no-store"
    assert (await service.figures()).keys() == {"requests"}


@pytest.mark.parametrize("token", ["", "x", "of an image"])
async def test_frame_of_anything_else_is_not_found(service: Service, token: str) -> None:
    token = await service.token() if token == "of an image" else token
    assert (await service.client.get(f"/v1/f/{token}")).status_code == 404


async def test_impressions_of_a_refresh_are_counted_and_told_apart(service: Service) -> None:
    first, second = await service.token(), (await service.ads(**{"kv.refresh": "1"}))["slots"]["top"]["token"]
    lines = [f"{kind} {token}" for token in (first, second) for kind in ("impression", "viewable")]
    await service.send(*lines)
    await service.send(*lines)  # replays add nothing
    await service.figures()
    columns = "sum(requests)::int, sum(impressions)::int, sum(viewable)::int, sum(refreshed)::int, sum(invalid)::int"
    for table in ("hourly", "daily"):
        assert tuple(await service.connection.fetchrow(f"select {columns} from {table}")) == (2, 2, 2, 1, 4)


async def test_refreshs_token_leads_to_the_same_creative(service: Service) -> None:
    slot = (await service.ads(**{"kv.refresh": "1"}))["slots"]["top"]
    token = service.context.keys.read(slot["token"])
    assert isinstance(token, AdToken)
    response = await service.client.get(f"/v1/c/{slot['token']}")
    assert response.status_code == 302
    assert response.headers["location"].startswith("https://zeytin.example/")
