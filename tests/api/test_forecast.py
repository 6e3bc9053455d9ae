"""The API over a real database, as a program asks it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx2
import pytest
from starlette.applications import Starlette

from adserver.api.routes import routes
from adserver.console.accounts import Role, add_api_key
from adserver.settings import read_settings
from tests.forecast.conftest import IMPRESSIONS_AN_HOUR, add_campaign, add_history

SOON = str((datetime.now(UTC) + timedelta(days=3)).date())
"""A day that is still to come, wherever the site is and however late at night the tests run."""
DAYS = {"from": SOON, "to": SOON}


@pytest.fixture
async def paper(connection: asyncpg.Connection) -> asyncpg.Connection:
    now = datetime.now(UTC)
    await add_history(connection, now)
    await add_campaign(connection, "sold", now, goal=("impressions", 10**7), slots=(2,))
    return connection


@pytest.fixture
async def client(database: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Without a key."""
    app = Starlette(routes=routes())
    app.state.settings = read_settings({"ADSERVER_DATABASE_URL": database})
    async with asyncpg.create_pool(database, min_size=0, max_size=2) as pool:
        app.state.pool = pool
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://ads.example") as client:
            yield client


async def key(connection: asyncpg.Connection, role: Role) -> dict[str, str]:
    advertiser = "zeytin" if role is Role.ADVERTISER else None
    return {"authorization": f"Bearer {await add_api_key(connection, role, role, advertiser)}"}


async def ask(
    client: httpx2.AsyncClient, connection: asyncpg.Connection, address: str, parameters: Any, role: Role = Role.VIEWER
) -> httpx2.Response:
    return await client.get(f"/api/v1/{address}", params=parameters, headers=await key(connection, role))


@pytest.mark.parametrize("role", [Role.ADMIN, Role.TRAFFICKER, Role.VIEWER])
async def test_the_publishers_programs_read_the_forecast(
    client: httpx2.AsyncClient, paper: asyncpg.Connection, role: Role
) -> None:
    answer = await ask(client, paper, "forecast", {"site": "haber", "slot": "top", **DAYS}, role)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["slots"] == ["haber/top"]
    assert body["forecast"]["impressions"] == pytest.approx(24 * IMPRESSIONS_AN_HOUR, rel=0.01)
    assert body["held_out_error"]["weeks"] >= 2
    assert "available" not in body


async def test_availability_leaves_out_what_is_booked(client: httpx2.AsyncClient, paper: asyncpg.Connection) -> None:
    parameters = [
        ("slot", "haber/top"),
        ("slot", "haber/footer"),
        ("kv.city", "Van"),
        ("kv.city", "Muş"),
        *DAYS.items(),
    ]
    answer = await ask(client, paper, "availability", parameters)
    assert answer.status_code == 200, answer.text
    left = answer.json()["available"]
    assert left["impressions"] == pytest.approx(24 * IMPRESSIONS_AN_HOUR, rel=0.02)
    assert left["contending_campaigns"] == 1


async def test_an_advertisers_key_may_not_read(client: httpx2.AsyncClient, paper: asyncpg.Connection) -> None:
    answer = await ask(client, paper, "availability", {"site": "haber", **DAYS}, Role.ADVERTISER)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ads_wrong", "Basic YTpi"])
async def test_without_a_key_nothing_is_told(
    client: httpx2.AsyncClient, connection: asyncpg.Connection, authorization: str
) -> None:
    answer = await client.get("/api/v1/forecast", headers={"authorization": authorization})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["status"] == 401


@pytest.mark.parametrize(
    ("parameters", "detail"),
    [
        ({"site": "haber"}, "from is missing, a day such as 2026-11-01"),
        ({"site": "haber", "from": "soon", "to": SOON}, "from must be a day such as 2026-11-01"),
        ({**DAYS}, "a site or a slot is missing"),
        ({"site": "gazete", **DAYS}, "there is no site 'gazete'"),
        ({"site": "haber", "size": "big", **DAYS}, "'big' is not a size such as 728x90"),
        ({"site": "haber", "min.temperature": "warm", **DAYS}, "temperature must be bounded by a number, not 'warm'"),
        ({"site": "haber", "kv.hours": "noon", **DAYS}, "not a day-part such as \"mon-fri 07:00-10:00\": 'noon'"),
        ({"site": "haber", "colour": "red", **DAYS}, "there is no parameter colour"),
    ],
)
async def test_a_wrong_question_is_told_what_is_wrong(
    client: httpx2.AsyncClient, paper: asyncpg.Connection, parameters: dict[str, str], detail: str
) -> None:
    answer = await ask(client, paper, "forecast", parameters)
    assert (answer.status_code, answer.json()["detail"]) == (400, detail)


async def test_while_postgres_is_away_it_says_when_to_come_again(database: str) -> None:
    app = Starlette(routes=routes())
    async with asyncpg.create_pool("postgresql://127.0.0.1:1/none", min_size=0) as pool:
        app.state.pool = pool
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://ads.example") as client:
            answer = await client.get("/api/v1/forecast", headers={"authorization": "Bearer ads_x"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_other_addresses_and_methods_are_problems_too(client: httpx2.AsyncClient) -> None:
    missing, posted = await client.get("/api/v1/nothing"), await client.post("/api/v1/forecast")
    assert (missing.status_code, posted.status_code, posted.headers["allow"]) == (404, 405, "GET, HEAD")
    assert {missing.headers["content-type"], posted.headers["content-type"]} == {"application/problem+json"}


async def test_the_description_has_every_address_and_every_field(
    client: httpx2.AsyncClient, paper: asyncpg.Connection
) -> None:
    described = (await client.get("/api/openapi.json")).json()
    addresses = {route.path for route in routes() if route.path.startswith("/api/v1/")}  # type: ignore[attr-defined]
    assert set(described["paths"]) == addresses
    body = (await ask(client, paper, "availability", {"site": "haber", **DAYS})).json()
    schema = described["components"]["schemas"]["Availability"]
    assert list(body) == schema["required"]
    assert list(body["available"]) == schema["properties"]["available"]["required"]
    assert list(body["forecast"]) == schema["properties"]["forecast"]["required"]
