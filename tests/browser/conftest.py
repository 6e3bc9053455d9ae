"""A real browser on pages around the real service: the publisher's page on localhost, the ad server on 127.0.0.1."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest
import redis.asyncio
import uvicorn
from PIL import Image
from playwright.async_api import Browser, ViewportSize
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from adserver.app import open_context
from adserver.counting.flush import flush_all
from adserver.delivery.hot import HotAddresses
from adserver.delivery.protocol import HotProtocol
from adserver.inventory.apply import apply_text
from adserver.metrics import WebMetrics
from adserver.settings import Settings, read_settings
from tests.browser.pages import PAUSE
from tests.browser.reader import DESKTOP, PATIENCE_SECONDS, RECORD_LAYOUT_SHIFT, Reader
from tests.browsing import leave

INVENTORY = Path(__file__).with_name("inventory.yaml")
IMAGE_SIZES = ((970, 250), (728, 90), (320, 100), (300, 250))
START_SECONDS = 15
STORED = """
select coalesce(sum(impressions), 0)::int, coalesce(sum(viewable), 0)::int, coalesce(sum(clicks), 0)::int,
    coalesce(sum(refreshed), 0)::int, coalesce(sum(invalid), 0)::int,
    (select coalesce(sum(views), 0)::int from article_hourly)
from hourly
"""


class Published(NamedTuple):
    html: str
    headers: dict[str, str]


class Stored(NamedTuple):
    """What Postgres holds in the end."""

    impressions: int = 0
    viewable: int = 0
    clicks: int = 0
    refreshed: int = 0
    invalid: int = 0
    views: int = 0


class LiveServer:
    """The running service, and the publisher's pages that it serves for the tests."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.rest = asyncio.Event()
        self._asked: set[str] = set()
        self._pages = {"advertiser": Published("<title>Zeytin Market</title>", {})}

    def publish(self, html: str, headers: dict[str, str]) -> str:
        """Make the page readable; return its address. What follows PAUSE in it is sent once `rest` is set."""
        ads = f"http://127.0.0.1:{self.port}"
        headers = {name: value.replace("{ads}", ads) for name, value in headers.items()}
        name = f"article-{len(self._pages)}"
        self._pages[name] = Published(html.replace("{ads}", ads), headers)
        return f"http://localhost:{self.port}/page/{name}"

    async def until_asked_for(self, address: str) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while address.rpartition("/")[2] not in self._asked:
                await asyncio.sleep(0.01)

    async def answer(self, request: Request) -> Response:
        name = request.path_params["name"]
        self._asked.add(name)
        page = self._pages.get(name, Published("", {}))
        if PAUSE not in page.html:
            return HTMLResponse(page.html, headers=page.headers)
        return StreamingResponse(self._in_two(page.html), media_type="text/html", headers=page.headers)

    async def _in_two(self, html: str) -> AsyncIterator[str]:
        first, second = html.split(PAUSE)
        yield first
        await self.rest.wait()
        yield second


class Web(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield  # Ctrl-C is pytest's


@pytest.fixture
async def live_server(
    connection: asyncpg.Connection, database: str, redis_url: str, tmp_path: Path, more_settings: dict[str, str]
) -> AsyncIterator[LiveServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        live = LiveServer(listener.getsockname()[1])
        await _apply_inventory(connection, tmp_path, live.port)
        settings = read_settings(
            {
                "ADSERVER_DATABASE_URL": database,
                "ADSERVER_REDIS_URL": redis_url,
                "ADSERVER_SECRET_KEY": "a key for the tests and nothing else",
                "ADSERVER_DATA_DIR": str(tmp_path),
                **{name: value.replace("PORT", str(live.port)) for name, value in more_settings.items()},
            }
        )
        async with _serving(settings, live, listener):
            yield live


@asynccontextmanager
async def _serving(settings: Settings, live: LiveServer, listener: socket.socket) -> AsyncIterator[None]:
    app = HotAddresses(Starlette(routes=[Route("/page/{name}", live.answer)]))
    web = Web(uvicorn.Config(app, http=HotProtocol, lifespan="off", ws="none", access_log=False, log_level="warning"))
    async with open_context(settings, WebMetrics(CollectorRegistry())) as app.context:
        serving = asyncio.create_task(web.serve([listener]))
        async with asyncio.timeout(START_SECONDS):
            while not web.started or app.context.snapshot is None:
                await asyncio.sleep(0.01)
        yield
        web.should_exit = True
        await serving


@pytest.fixture
async def reader(chromium: Browser, live_server: LiveServer, request: pytest.FixtureRequest) -> AsyncIterator[Reader]:
    """A reader at a desk, or on the screen that the test asks for."""
    screen: ViewportSize = getattr(request, "param", DESKTOP)
    context = await chromium.new_context(viewport=screen)
    await context.add_init_script(RECORD_LAYOUT_SHIFT)
    yield Reader(await context.new_page(), live_server.publish)
    await leave(context)


@pytest.fixture
def stored(connection: asyncpg.Connection, redis: redis.asyncio.Redis) -> Callable[[], Awaitable[Stored]]:
    """Flushes, and returns what was counted."""

    async def read() -> Stored:
        await flush_all(redis, connection)
        return Stored(*await connection.fetchrow(STORED))

    return read


@pytest.fixture
def until_stored(stored: Callable[[], Awaitable[Stored]]) -> Callable[[Stored], Awaitable[None]]:
    """Waits until Postgres holds exactly this. Events are on their way when a page has sent them."""

    async def until(expected: Stored) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (found := await stored()) != expected and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert found == expected

    return until


async def _apply_inventory(connection: asyncpg.Connection, directory: Path, port: int) -> None:
    for size in IMAGE_SIZES:
        Image.new("RGB", size, "darkolivegreen").save(directory / f"{size[0]}x{size[1]}.png")
    text = INVENTORY.read_text().replace("PORT", str(port))
    await apply_text(connection, text, directory, prune=False, dry_run=False)
