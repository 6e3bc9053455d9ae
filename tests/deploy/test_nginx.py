"""The nginx example, accepted by nginx and tried: a site's page with an include, in front of a stand-in that echoes."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from tests.deploy.nginx import configuration, running_nginx

PAGE = '<p>before<!--# include virtual="/_ads/demo-haber/top?kv.section=yerel" -->after</p>\n'


class Upstream:
    """Answers each request with its own first line and headers; `is_broken` makes every answer a 503."""

    def __init__(self) -> None:
        self.is_broken = False
        self.requests: list[str] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.requests.append(head)
                body = head.strip().encode()
                status = b"503 Service Unavailable" if self.is_broken else b"200 OK"
                cache = b"public, max-age=3600" if "/tag.js" in head else b"no-store"
                writer.write(
                    b"HTTP/1.1 %b\r\nCache-Control: %b\r\nContent-Length: %d\r\n\r\n" % (status, cache, len(body))
                )
                writer.write(body)
                await writer.drain()
        writer.close()


class Nginx(NamedTuple):
    upstream: Upstream
    client: httpx2.AsyncClient

    async def get(self, host: str, path: str, **headers: str) -> httpx2.Response:
        return await self.client.get(path, headers={"Host": host, **headers})


@pytest.fixture
async def nginx(root: Path, tmp_path: Path, program: Callable[[str], str]) -> AsyncIterator[Nginx]:
    upstream = Upstream()
    server = await asyncio.start_server(upstream.answer, "127.0.0.1", 0)
    upstream_port = server.sockets[0].getsockname()[1]
    async with (
        running_nginx(program("nginx"), root, tmp_path, PAGE, upstream_port) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        yield Nginx(upstream, client)
    server.close()


def test_nginx_accepts_the_example(root: Path, tmp_path: Path, program: Callable[[str], str]) -> None:
    config = configuration(root, tmp_path, PAGE, 8080, 8000)
    check: list[str | Path] = [program("nginx"), "-t", "-p", tmp_path, "-c", config, "-e", "stderr"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


async def test_include_puts_the_slot_into_the_page(nginx: Nginx) -> None:
    page = await nginx.get("haber.example", "/")
    assert page.text.startswith("<p>beforeGET /v1/slots/demo-haber/top?kv.section=yerel HTTP/1.1")
    assert page.text.endswith("after</p>\n")


async def test_include_does_not_send_the_cookies_of_the_site(nginx: Nginx) -> None:
    await nginx.get("haber.example", "/", Cookie="session=secret")
    assert "secret" not in nginx.upstream.requests[-1]


async def test_page_is_whole_while_the_ad_server_is_broken(nginx: Nginx) -> None:
    nginx.upstream.is_broken = True
    page = await nginx.get("haber.example", "/")
    assert (page.status_code, page.text) == (200, "<p>beforeafter</p>\n")


async def test_address_that_a_reader_claims_is_replaced(nginx: Nginx) -> None:
    answer = await nginx.get("ads.example", "/v1/ads", **{"X-Forwarded-For": "203.0.113.7"})
    assert "X-Forwarded-For: 127.0.0.1\r\n" in answer.text
    assert "203.0.113.7" not in answer.text


async def test_tag_is_asked_for_once_and_decisions_each_time(nginx: Nginx) -> None:
    for path in ("/tag.js", "/tag.js", "/v1/ads", "/v1/ads"):
        await nginx.get("ads.example", path)
    asked = [request.split()[1] for request in nginx.upstream.requests]
    assert asked == ["/tag.js", "/v1/ads", "/v1/ads"]


def test_metrics_are_closed_to_the_outside(root: Path) -> None:
    text = (root / "deploy" / "nginx" / "adserver.conf").read_text()
    metrics = text.split("location = /metrics {")[1].split("}")[0].split()
    assert metrics[: metrics.index("proxy_pass")] == ["allow", "127.0.0.1;", "allow", "::1;", "deny", "all;"]
