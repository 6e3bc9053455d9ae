import asyncio
import time

import pytest

from adserver.counting.counter import pack_subject
from adserver.counting.token import AdToken
from adserver.delivery.device import Device
from adserver.delivery.events import PIXEL
from tests.delivery.conftest import BROWSER, Service


async def test_each_kind_of_event_is_counted(service: Service) -> None:
    answer = await service.ads(article="66")
    token, view = answer["slots"]["top"]["token"], answer["view"]
    assert await service.send(f"impression {token}", f"viewable {token}", f"click {token}", f"view {view}") == 204
    figures = await service.figures()
    assert figures == {"requests": 1, "impressions": 1, "viewable": 1, "clicks": 1, "spend_micros": 45_000}
    assert await service.connection.fetchval("select sum(views)::int from article_hourly where article = '66'") == 1


async def test_a_replay_is_counted_as_refused(service: Service) -> None:
    token = await service.token()
    statuses = await asyncio.gather(*(service.send(f"impression {token}") for _ in range(8)))
    assert set(statuses) == {204}
    assert (await service.figures())["impressions"] == 1
    assert await service.refused() == {("impression", "duplicate"): 7}


async def test_a_forged_token_is_answered_like_a_good_one(service: Service) -> None:
    token = await service.token()
    assert await service.send(f"impression {token[:-1]}x") == 204
    assert (await service.figures()) == {"requests": 1}
    assert await service.refused() == {("impression", "forged"): 1}


async def test_a_token_of_another_sort_is_forged(service: Service) -> None:
    answer = await service.ads(article="66")
    await service.send(f"view {answer['slots']['top']['token']}", f"impression {answer['view']}")
    await service.figures()
    assert await service.refused() == {("view", "forged"): 1, ("impression", "forged"): 1}


async def test_an_expired_token_is_not_counted(service: Service) -> None:
    issued = int(time.time()) - 3601
    old = AdToken(service.context.issuer.number, 9, issued, pack_subject(1, 1, Device.OTHER, ""))
    assert await service.send(f"impression {service.context.keys.sign_ad(old)}") == 204
    await service.figures()
    assert await service.refused() == {("impression", "expired"): 1}


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        pytest.param({"user-agent": ""}, "blank_user_agent", id="no user agent"),
        pytest.param({"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, "declared_bot", id="a robot"),
        pytest.param({**BROWSER, "sec-purpose": "prefetch;prerender"}, "prefetch", id="prerender"),
        pytest.param({**BROWSER, "purpose": "prefetch"}, "prefetch", id="older prefetch"),
        pytest.param({**BROWSER, "x-bot": "1"}, "bot_header", id="the proxy says so"),
    ],
)
async def test_invalid_traffic_is_refused_by_reason(service: Service, headers: dict[str, str], reason: str) -> None:
    token = await service.token()
    assert await service.send(f"impression {token}", headers=headers) == 204
    assert (await service.figures()) == {"requests": 1}
    assert await service.refused() == {("impression", reason): 1}


async def test_a_proxy_that_says_no_robot_is_believed(service: Service) -> None:
    await service.send(f"impression {await service.token()}", headers={**BROWSER, "x-bot": "0"})
    assert (await service.figures())["impressions"] == 1


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="empty"),
        pytest.param("hello", id="one word"),
        pytest.param("seen abc", id="unknown kind"),
        pytest.param("impression ", id="no token"),
        pytest.param("\n".join(["impression x"] * 65), id="too many lines"),
        pytest.param("impression " + "x" * 20_000, id="too long"),
        pytest.param(b"\xff\xfe\x00", id="not text"),
    ],
)
async def test_an_unreadable_body_is_refused(service: Service, body: str | bytes) -> None:
    response = await service.client.post("/v1/events", content=body, headers=BROWSER)
    assert response.status_code == 400
    assert response.json()["reason"]


async def test_readable_lines_count_beside_unreadable_ones(service: Service) -> None:
    assert await service.send("nonsense", f"impression {await service.token()}\r", "") == 204
    assert (await service.figures())["impressions"] == 1


async def test_the_pixel_counts_an_impression(service: Service) -> None:
    response = await service.client.get(f"/v1/i/{await service.token()}.gif", headers=BROWSER)
    assert (response.status_code, response.content) == (200, PIXEL)
    assert response.headers["cache-control"] == "no-store"
    assert (await service.figures())["impressions"] == 1


async def test_the_pixel_comes_for_any_token(service: Service) -> None:
    response = await service.client.get("/v1/i/nonsense.gif", headers=BROWSER)
    assert (response.status_code, response.content) == (200, PIXEL)


async def test_a_page_of_a_site_may_read_whether_it_was_counted(service: Service) -> None:
    headers = {**BROWSER, "origin": "https://haber.example"}
    response = await service.client.post("/v1/events", content=f"impression {await service.token()}", headers=headers)
    assert response.headers["access-control-allow-origin"] == "https://haber.example"
