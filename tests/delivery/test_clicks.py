import time

from adserver.counting.counter import pack_subject
from adserver.counting.token import AdToken
from adserver.delivery.device import Device
from tests.delivery.conftest import BROWSER, Service


async def test_a_click_redirects_and_is_counted(service: Service) -> None:
    answer = await service.ads(w="1000")
    slot = answer["slots"]["top"]
    response = await service.client.get(slot["click"], headers=BROWSER)
    assert response.status_code == 302
    expected = {"wide": "https://zeytin.example/?a=1&b=2", "narrow": "https://zeytin.example/n"}
    assert response.headers["location"] == expected[slot["creative"]]
    assert response.headers["cache-control"] == "no-store"
    assert (await service.figures())["clicks"] == 1


async def test_a_second_click_redirects_and_is_not_counted(service: Service) -> None:
    token = await service.token()
    for _ in range(2):
        assert (await service.client.get(f"/v1/c/{token}", headers=BROWSER)).status_code == 302
    assert (await service.figures())["clicks"] == 1
    assert await service.refused() == {("click", "duplicate"): 1}


async def test_an_expired_click_redirects_and_is_not_counted(service: Service) -> None:
    creative = await service.connection.fetchval("select id from creative where key = 'wide'")
    old = AdToken(1, 1, int(time.time()) - 10_000, pack_subject(1, creative, Device.OTHER, ""))
    response = await service.client.get(f"/v1/c/{service.context.keys.sign_ad(old)}", headers=BROWSER)
    assert response.status_code == 302
    assert "clicks" not in await service.figures()


async def test_a_robots_click_redirects_and_is_not_counted(service: Service) -> None:
    response = await service.client.get(f"/v1/c/{await service.token()}", headers={"user-agent": "curl/8.5.0"})
    assert response.status_code == 302
    assert "clicks" not in await service.figures()


async def test_a_look_without_following_is_no_click(service: Service) -> None:
    assert (await service.client.head(f"/v1/c/{await service.token()}", headers=BROWSER)).status_code == 302
    assert "clicks" not in await service.figures()


async def test_a_token_that_is_not_ours_leads_nowhere(service: Service) -> None:
    response = await service.client.get("/v1/c/nonsense", headers=BROWSER)
    assert response.status_code == 404


async def test_a_click_on_an_archived_creative_redirects(service: Service) -> None:
    token = await service.token()
    await service.connection.execute("update creative set archived_at = now()")
    assert (await service.client.get(f"/v1/c/{token}", headers=BROWSER)).status_code == 302
