"""What readers get while a server is away, with a Valkey of the test's own to kill."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx2
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from adserver.app import open_context
from adserver.delivery.hot import HotAddresses
from adserver.embedded import EmbeddedValkey
from adserver.metrics import WebMetrics
from tests.delivery.conftest import BROWSER, Service, behind, running, settings_for
from tests.waiting import until


@pytest.fixture
async def valkey(new_data_dir: Path) -> AsyncIterator[EmbeddedValkey]:
    valkey = EmbeddedValkey(new_data_dir)
    await valkey.start()
    yield valkey
    await valkey.stop()


@pytest.fixture
async def service(
    valkey: EmbeddedValkey, new_data_dir: Path, database: str, connection: asyncpg.Connection, tmp_path: Path
) -> AsyncIterator[Service]:
    url = f"unix://{new_data_dir / 'run' / 'sockets' / 'valkey.sock'}"
    settings = settings_for(database, url, data_dir=str(tmp_path))
    async with Redis.from_url(url) as redis, running(settings, connection, redis, tmp_path) as service:
        yield service


async def kill(valkey: EmbeddedValkey) -> None:
    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGKILL)
    await valkey.wait()


async def journal_is_empty(service: Service) -> None:
    journal = service.context.settings.data_dir / "journal"
    await until(lambda: not list(journal.glob("*")))


async def test_decisions_go_on_and_events_are_asked_to_come_back(service: Service, valkey: EmbeddedValkey) -> None:
    token = await service.token()
    await kill(valkey)
    response = await service.client.post("/v1/events", content=f"impression {token}", headers=BROWSER)
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert (await service.ads())["slots"]["top"]
    ready = await service.client.get("/ready")
    assert (ready.status_code, ready.text) == (503, "inventory: ok\nredis: away\npostgres: ok\n")
    await valkey.start()

    async def is_counted() -> bool:
        return await service.send(f"impression {token}") == 204

    await until(is_counted)
    figures = await service.figures()
    assert (figures["requests"], figures["impressions"]) == (2, 1)


async def test_clicks_and_pixels_are_kept_and_counted_once(service: Service, valkey: EmbeddedValkey) -> None:
    counted, clicked, seen = [await service.token() for _ in range(3)]
    assert (await service.client.get(f"/v1/c/{counted}", headers=BROWSER)).status_code == 302
    await kill(valkey)
    for token in (counted, clicked, clicked):
        assert (await service.client.get(f"/v1/c/{token}", headers=BROWSER)).status_code == 302
    assert (await service.client.get(f"/v1/i/{seen}.gif", headers=BROWSER)).status_code == 200
    await valkey.start()
    await journal_is_empty(service)
    figures = await service.figures()
    assert (figures["clicks"], figures["impressions"]) == (2, 1)


async def test_a_robots_click_is_not_kept(service: Service, valkey: EmbeddedValkey) -> None:
    token = await service.token()
    await kill(valkey)
    robot = {"user-agent": "curl/8.5.0"}
    assert (await service.client.get(f"/v1/c/{token}", headers=robot)).status_code == 302
    assert not (service.context.settings.data_dir / "journal").exists()


async def test_a_full_disk_does_not_stop_the_reader(service: Service, valkey: EmbeddedValkey) -> None:
    token = await service.token()
    await kill(valkey)
    (service.context.settings.data_dir / "journal").touch()
    assert (await service.client.get(f"/v1/c/{token}", headers=BROWSER)).status_code == 302
    assert (await service.client.get(f"/v1/i/{token}.gif", headers=BROWSER)).status_code == 503


async def test_a_worker_that_starts_without_postgres_serves_the_inventory_read_last(
    service: Service, valkey: EmbeddedValkey, new_data_dir: Path
) -> None:
    token = await service.token()
    kept = service.context.settings
    nowhere = settings_for("postgresql://nobody@127.0.0.1:1/none", str(kept.redis_url), data_dir=str(kept.data_dir))
    async with open_context(nowhere, WebMetrics(CollectorRegistry())) as context:
        hot = HotAddresses(behind)
        hot.context = context
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(hot), base_url="http://ads.example") as client:
            answer = await client.get("/v1/ads?site=haber&slots=top", headers=BROWSER)
            assert answer.json()["slots"]["top"]["campaign"] == "zeytin-top"
            assert (await client.get(f"/v1/c/{token}", headers=BROWSER)).status_code == 302
            assert (await client.get("/ready")).text == "inventory: ok\nredis: ok\npostgres: away\n"
