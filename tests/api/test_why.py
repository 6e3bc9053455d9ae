"""Why a slot shows what it shows, asked over the API of a worker with its own inventory."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx2
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from starlette.applications import Starlette

from adserver.api.routes import routes
from adserver.app import open_context
from adserver.console.accounts import Role, add_api_key
from adserver.decision.pace import Paces
from adserver.inventory.apply import apply_text
from adserver.metrics import WebMetrics
from tests.delivery.conftest import INVENTORY, settings_for


@pytest.fixture
async def client(
    database: str, redis_url: str, redis: Redis, connection: asyncpg.Connection, tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    settings = settings_for(database, redis_url, data_dir=str(tmp_path))
    await apply_text(connection, INVENTORY, tmp_path, prune=False, dry_run=False)
    key = await add_api_key(connection, "program", Role.VIEWER)
    async with open_context(settings, WebMetrics(CollectorRegistry())) as context:
        app = Starlette(routes=routes())
        app.state.settings, app.state.pool, app.state.context = settings, context.pool, context
        context.paces = Paces(5, {}, {})
        transport, headers = httpx2.ASGITransport(app), {"authorization": f"Bearer {key}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://ads.example", headers=headers) as client:
            yield client


async def test_each_campaign_has_a_chance_or_a_reason(client: httpx2.AsyncClient) -> None:
    parameters = {"site": "haber", "slot": "in-article", "kv.city": "Ankara", "at": "2026-11-24T09:30"}
    answer = await client.get("/api/v1/why", params=parameters)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["at"], body["weights_version"]) == ("2026-11-24T09:30:00+03:00", 5)
    [verdict] = body["slots"]["in-article"]["campaigns"]
    assert (verdict["campaign"], verdict["chance"], verdict["sieve"]) == ("zeytin-html", 0, "targeting")
    again = await client.get("/api/v1/why", params={**parameters, "kv.city": "K.Maraş"})
    assert again.json()["slots"]["in-article"]["campaigns"][0]["chance"] == 1


@pytest.mark.parametrize(
    ("parameters", "status", "detail"),
    [
        ({"site": "haber"}, 400, "site or slot is missing"),
        ({"site": "haber", "slot": "top", "at": "noon"}, 400, "at must be a time"),
        ({"site": "haber", "slot": "top", "w": "wide"}, 400, "w must be a width in whole pixels"),
        ({"site": "haber", "slot": "top", "colour": "red"}, 400, "there is no parameter colour"),
        ({"site": "gazete", "slot": "top"}, 404, "there is no site 'gazete'"),
        ({"site": "haber", "slot": "top,gone"}, 404, "the site has no slot 'gone'"),
    ],
)
async def test_a_wrong_question_is_told_what_is_wrong(
    client: httpx2.AsyncClient, parameters: dict[str, str], status: int, detail: str
) -> None:
    answer = await client.get("/api/v1/why", params=parameters)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(detail)


async def test_without_a_key_nothing_is_told(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/v1/why", params={"site": "haber", "slot": "top"}, headers={"authorization": ""})
    assert answer.status_code == 401
