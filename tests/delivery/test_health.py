import asyncpg

from tests.delivery.conftest import BROWSER, Service
from tests.waiting import until


async def test_a_service_with_both_servers_is_ready(service: Service) -> None:
    response = await service.client.get("/ready")
    assert (response.status_code, response.text) == (200, "inventory: ok\nredis: ok\npostgres: ok\n")
    assert (await service.client.get("/live")).text == "live\n"


async def test_without_postgres_decisions_go_on_and_readiness_tells(service: Service) -> None:
    service.context.pool.terminate()
    response = await service.client.get("/ready")
    assert (response.status_code, response.text) == (200, "inventory: ok\nredis: ok\npostgres: away\n")
    assert (await service.ads())["slots"]["top"]


async def test_metrics_name_what_was_done(service: Service) -> None:
    await service.ads("top,footer")
    metrics = service.context.metrics
    metrics.publish()
    assert metrics.decisions.labels("filled")._value.get() == 1
    assert metrics.decisions.labels("no-candidates")._value.get() == 1
    assert metrics.responses.labels("ads", "200")._value.get() == 1
    assert (await service.client.get("/metrics")).status_code == 200


async def test_a_change_of_the_inventory_is_in_use_at_once(service: Service, connection: asyncpg.Connection) -> None:
    await connection.execute("update campaign set status = 'paused' where key = 'zeytin-top'")

    async def is_in_use() -> bool:
        return (await service.ads())["slots"]["top"] is None

    await until(is_in_use)


async def test_an_unexpected_failure_is_a_plain_500(service: Service) -> None:
    service.context.snapshot = "broken"
    response = await service.client.get("/v1/ads?site=haber&slots=top", headers=BROWSER)
    assert (response.status_code, response.json()["error"]) == (500, "internal")
    service.context.snapshot = None
    assert (await service.client.get("/v1/ads?site=haber&slots=top", headers=BROWSER)).status_code == 503
    assert (await service.client.get("/ready")).status_code == 503
