"""The real pages over a real database, with two advertisers and people of both kinds."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import httpx2
import pytest
from starlette.applications import Starlette

from adserver.console.accounts import Role, add_account
from adserver.console.routes import routes
from adserver.console.visit import not_found
from adserver.settings import read_settings
from tests.reporting.conftest import counted, stocked

__all__ = ["counted", "stocked"]

PASSWORD = "correct horse"
STAFF, ZEYTIN, FIRIN = "editor@haber.example", "reklam@zeytin.example", "kasa@firin.example"

Browser = Callable[..., httpx2.AsyncClient]


@pytest.fixture
async def people(counted: asyncpg.Connection) -> asyncpg.Connection:
    """The inventory with figures, and somebody of each kind who may look at it."""
    await add_account(counted, STAFF, Role.VIEWER, None, PASSWORD)
    # One slow hash serves all three.
    await counted.execute(
        """insert into account (email, role, advertiser_id, password_hash)
        select address, 'advertiser', advertiser.id, password_hash
        from account, (values ($1, 'zeytin'), ($2, 'firin')) advertisers (address, key) join advertiser using (key)""",
        ZEYTIN,
        FIRIN,
    )
    return counted


@pytest.fixture
async def app(database: str) -> AsyncIterator[Starlette]:
    """The pages alone, as the service mounts them."""
    app = Starlette(routes=routes(), exception_handlers={404: not_found})
    app.state.settings = read_settings({})
    async with asyncpg.create_pool(database, min_size=0, max_size=4) as pool:
        app.state.pool = pool
        yield app


@pytest.fixture
async def open_browser(app: Starlette) -> AsyncIterator[Browser]:
    """Make clients that keep cookies as a browser does and follow no redirect; `headers` go with all requests."""
    clients: list[httpx2.AsyncClient] = []

    def browser(scheme: str = "http", address: str = "203.0.113.7", **headers: str) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app, client=(address, 1234))
        own = {"origin": f"{scheme}://ads.example", "accept-language": "en", **headers}
        client = httpx2.AsyncClient(transport=transport, base_url=f"{scheme}://ads.example", headers=own)
        clients.append(client)
        return client

    yield browser
    for client in clients:
        await client.aclose()


async def log_in(browser: httpx2.AsyncClient, email: str, password: str = PASSWORD, to: str = "") -> httpx2.Response:
    """Send the login form."""
    return await browser.post("/login", data={"email": email, "password": password, "next": to})
