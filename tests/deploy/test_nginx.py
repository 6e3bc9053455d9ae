"""The nginx example, accepted by nginx and tried: a site's page with an include, in front of a stand-in that echoes."""

import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from tests.deploy.nginx import configuration, running_nginx
from tests.deploy.upstream import Upstream, answer, upstream

PAGE = '<p>before<!--# include virtual="/_ads/demo-haber/top?kv.section=yerel" -->after</p>\n'


def echo(request: str) -> bytes:
    """Answer with the request's own first line and headers."""
    cache = "public, max-age=3600" if "/tag.js" in request else "no-store"
    return answer(request.strip().encode(), f"Cache-Control: {cache}")


class Nginx(NamedTuple):
    adserver: Upstream
    client: httpx2.AsyncClient

    async def get(self, host: str, path: str, **headers: str) -> httpx2.Response:
        return await self.client.get(path, headers={"Host": host, **headers})


@pytest.fixture
async def nginx(root: Path, tmp_path: Path, program: Callable[[str], str]) -> AsyncIterator[Nginx]:
    async with (
        upstream(echo) as adserver,
        running_nginx(program("nginx"), root, tmp_path, PAGE, adserver.port) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        yield Nginx(adserver, client)


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


async def test_include_does_not_send_what_the_reader_tells_the_site(nginx: Nginx) -> None:
    await nginx.get("haber.example", "/", Cookie="session=secret", Authorization="Basic secret")
    assert "secret" not in nginx.adserver.requests[-1]


async def test_page_with_ads_is_kept_by_nobody(nginx: Nginx) -> None:
    page = await nginx.get("haber.example", "/")
    assert page.headers["cache-control"] == "private, no-cache"
    assert {"etag", "last-modified", "expires"}.isdisjoint(page.headers)


async def test_page_is_whole_while_the_ad_server_is_broken(nginx: Nginx) -> None:
    nginx.adserver.reply = lambda _: answer(b"", status="503 Service Unavailable")
    page = await nginx.get("haber.example", "/")
    assert (page.status_code, page.text) == (200, "<p>beforeafter</p>\n")


async def test_address_that_a_reader_claims_is_replaced(nginx: Nginx) -> None:
    answer = await nginx.get("ads.example", "/v1/ads", **{"X-Forwarded-For": "203.0.113.7"})
    assert "X-Forwarded-For: 127.0.0.1\r\n" in answer.text
    assert "203.0.113.7" not in answer.text


async def test_tag_is_asked_for_once_and_decisions_each_time(nginx: Nginx) -> None:
    for path in ("/tag.js", "/tag.js", "/v1/ads", "/v1/ads"):
        await nginx.get("ads.example", path)
    asked = [request.split()[1] for request in nginx.adserver.requests]
    assert asked == ["/tag.js", "/v1/ads", "/v1/ads"]


def test_metrics_are_closed_to_the_outside(root: Path) -> None:
    text = (root / "deploy" / "nginx" / "adserver.conf").read_text()
    metrics = text.split("location = /metrics {")[1].split("}")[0].split()
    assert metrics[: metrics.index("proxy_pass")] == ["allow", "127.0.0.1;", "allow", "::1;", "deny", "all;"]
