"""Ads that nginx puts into a site's page, from the real service, as a reader's browser shows and counts them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import httpx2
import pytest
from playwright.async_api import Browser, expect
from redis.asyncio import Redis

from adserver.counting.flush import flush_all
from tests.browser.conftest import LiveServer, live_server
from tests.browsing import leave
from tests.deploy.nginx import running_nginx

__all__ = ["live_server"]

PAGE = (
    '<!doctype html><html lang="tr"><meta charset="utf-8"><title>Haber</title><p>before</p>'
    '<!--# include virtual="/_ads/demo-haber/top?w=728" --><p>between</p>'
    '<!--# include virtual="/_ads/demo-haber/unsold" --><!--# include virtual="/_ads/demo-haber/unknown" -->'
    "<p>after</p></html>\n"
)
BROKEN = PAGE.split("<!--#")[0] + "<p>between</p><p>after</p></html>\n"


@pytest.fixture
def nginx(program: Callable[[str], str]) -> str:
    return program("nginx")


@pytest.fixture
async def site(root: Path, tmp_path: Path, nginx: str, live_server: LiveServer) -> AsyncIterator[str]:
    """The address of the site's page, whose links to the ad server work in a browser here."""
    here = tmp_path / "nginx"
    here.mkdir()
    example = tmp_path / "deploy" / "nginx"
    example.mkdir(parents=True)
    text = (root / "deploy" / "nginx" / "adserver.conf").read_text()
    own, wanted = "proxy_set_header Host ads.example;", f"proxy_set_header Host 127.0.0.1:{live_server.port};"
    assert own in text
    text = text.replace(own, wanted).replace("server_name haber.example", "server_name localhost")
    (example / "adserver.conf").write_text(text)
    async with running_nginx(nginx, tmp_path, here, PAGE, live_server.port) as port:
        yield f"http://localhost:{port}/"


@pytest.mark.browser
async def test_included_ad_is_seen_and_counted_and_an_empty_slot_leaves_nothing(
    site: str, chromium: Browser, connection: asyncpg.Connection, redis: Redis
) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
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
    await leave(context)
    await flush_all(redis, connection)
    assert await connection.fetchval("select sum(impressions)::int from hourly") == 1


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
    assert told.startswith('<top><div class="adserver-ad">')
    assert told.endswith("</div><unsold><unknown>")


async def test_page_stands_while_the_ad_server_hangs(root: Path, tmp_path: Path, nginx: str) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    upstream = server.sockets[0].getsockname()[1]
    async with running_nginx(nginx, root, tmp_path, PAGE, upstream) as port:
        assert await _page_of(port) == BROKEN
    server.close()


async def test_page_stands_while_the_ad_server_is_down(root: Path, tmp_path: Path, nginx: str) -> None:
    async with running_nginx(nginx, root, tmp_path, PAGE, 1) as port:
        assert await _page_of(port) == BROKEN


async def _page_of(port: int) -> str:
    async with httpx2.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/", headers={"Host": "haber.example"}, timeout=30)
    assert answer.status_code == 200
    return answer.text
