"""Ads that a proxy puts into a site's page, from the real service, as a reader's browser shows and counts them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from html import escape
from pathlib import Path
from typing import NamedTuple

import asyncpg
import httpx2
import pytest
from playwright.async_api import Browser, Page, expect
from redis.asyncio import Redis

from adserver.counting.flush import flush_all
from tests.browser.conftest import LiveServer, live_server
from tests.browsing import leave
from tests.deploy.nginx import running_nginx
from tests.deploy.upstream import upstream
from tests.deploy.varnish import running_varnish

__all__ = ["live_server"]

CITIES = "select city, sum(impressions)::int, sum(clicks)::int from daily where impressions > 0 group by city"


class Proxy(NamedTuple):
    """`run` takes the command, the project's folder, one of its own, the site's page and the ad server's port."""

    command: str
    run: Callable[[str, Path, Path, str, int], AbstractAsyncContextManager[int]]
    page: str


def page_of(include: Callable[[str], str]) -> str:
    top, unsold, unknown = (
        include(f"/_ads/demo-haber/{slot}")
        for slot in ("top?w=728&kv.section=yerel&kv.city=Kahramanmara%C5%9F", "unsold", "unknown")
    )
    return (
        '<!doctype html><html lang="tr"><meta charset="utf-8"><title>Haber</title><p>before</p>'
        f"{top}<p>between</p>{unsold}{unknown}<p>after</p></html>\n"
    )


BROKEN = page_of(lambda _: "")


@pytest.fixture(params=["nginx", "varnishd"])
def proxy(request: pytest.FixtureRequest, program: Callable[[str], str]) -> Proxy:
    command = program(request.param)
    if request.param == "nginx":
        return Proxy(command, running_nginx, page_of(lambda address: f'<!--# include virtual="{address}" -->'))
    return Proxy(command, running_varnish, page_of(lambda address: f'<esi:include src="{escape(address)}"/>'))


@pytest.fixture
def more_settings() -> dict[str, str]:
    return {"ADSERVER_BASE_URL": "http://127.0.0.1:PORT", "ADSERVER_TRUSTED_PROXIES": "127.0.0.1"}


@pytest.fixture
async def site(root: Path, tmp_path: Path, proxy: Proxy, live_server: LiveServer) -> AsyncIterator[str]:
    """The address of the site's page."""
    folder = tmp_path / "proxy"
    folder.mkdir()
    async with proxy.run(proxy.command, root, folder, proxy.page, live_server.port) as port:
        yield f"http://localhost:{port}/"


@pytest.mark.browser
async def test_included_ads_are_seen_and_counted_and_an_empty_slot_leaves_nothing(
    site: str, chromium: Browser, connection: asyncpg.Connection, redis: Redis
) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
    pixels = [await _visit(page, site) for _ in range(2)]
    assert len(set(pixels)) == 2
    async with context.expect_page() as opened:
        await page.locator(".adserver-ad a").click()
    await expect(await opened.value).to_have_title("Zeytin Market")
    await leave(context)
    await flush_all(redis, connection)
    assert [tuple(row) for row in await connection.fetch(CITIES)] == [("Kahramanmaraş", 2, 1)]


async def _visit(page: Page, site: str) -> str:
    """Look at the page as a reader does; return the address of the pixel that counted its ad."""
    async with page.expect_response("**/v1/i/*.gif") as pixel:
        await page.goto(site)
    assert (await pixel.value).status == 200
    await expect(page.locator(".adserver-label")).to_have_text("REKLAM ALANI")
    image = page.locator(".adserver-ad a img")
    assert await image.evaluate("image => [image.complete, image.naturalWidth, image.naturalHeight]") == [True, 728, 90]
    assert await page.evaluate("[...document.body.children].map(child => child.className || child.textContent)") == [
        "before",
        "adserver-ad",
        "between",
        "after",
    ]
    return (await pixel.value).url


async def test_php_asks_for_a_slot_on_the_server(
    root: Path, program: Callable[[str], str], live_server: LiveServer
) -> None:
    code = (
        f"require '{root}/deploy/wordpress/adserver/includes/markup.php'; $_SERVER['HTTP_USER_AGENT'] = 'Mozilla/5.0';"
        "foreach (['top', 'unsold', 'unknown'] as $slot) "
        f"echo '<', $slot, '>', Adserver\\fragment('http://127.0.0.1:{live_server.port}', 'demo-haber', $slot, [], 20);"
    )
    process = await asyncio.create_subprocess_exec(program("php"), "-r", code, stdout=asyncio.subprocess.PIPE)
    told = (await process.communicate())[0].decode()
    assert told.startswith('<top><div class="adserver-ad"')
    assert told.endswith("</div><unsold><unknown>")


async def test_page_stands_while_the_ad_server_hangs(root: Path, tmp_path: Path, proxy: Proxy) -> None:
    async with (
        upstream(lambda _: None) as adserver,
        proxy.run(proxy.command, root, tmp_path, proxy.page, adserver.port) as port,
    ):
        assert await _page_of(port) == BROKEN


async def test_page_stands_while_the_ad_server_is_down(root: Path, tmp_path: Path, proxy: Proxy) -> None:
    async with proxy.run(proxy.command, root, tmp_path, proxy.page, 1) as port:
        assert await _page_of(port) == BROKEN


async def _page_of(port: int) -> str:
    async with httpx2.AsyncClient() as client:
        answer = await client.get(f"http://localhost:{port}/", timeout=30)
    assert answer.status_code == 200
    return answer.text
