"""The Varnish example, tried: a site's cached page with an include, before stand-ins for site and ad server."""

import gzip
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from tests.deploy.upstream import Upstream, answer, upstream
from tests.deploy.varnish import varnish
from tests.waiting import until

INCLUDE = '<esi:include src="/_ads/demo-haber/top?kv.section=yerel&amp;kv.city=Kahramanmara%C5%9F"/>'
PAGE = f"<!doctype html><p>before{INCLUDE}after</p>\n"
WITHOUT = "<!doctype html><p>before</p>\n"
VALIDATORS = ('ETag: "1"', "Last-Modified: Thu, 26 Nov 2026 10:00:00 GMT")
BROWSER = "gzip, deflate, br, zstd"
TOO_SHORT = answer(b"<div>half", "Connection: close", length=100)

_paths = (f"/article-{number}" for number in count(1))


class Tried(NamedTuple):
    """Varnish between two stand-ins, and a page of the site that was not asked for yet."""

    client: httpx2.AsyncClient
    site: Upstream
    adserver: Upstream
    path: str

    async def get(self, **headers: str) -> httpx2.Response:
        return await self.client.get(self.path, headers=headers)


def published(request: str) -> bytes:
    """Answer with a page as the reader may have it packed; but for /unstored, it may be kept for ten minutes."""
    page = WITHOUT if "/without-ads" in request else PAGE
    cache = "no-store" if "/unstored" in request else "public, max-age=600"
    headers = ("Content-Type: text/html", f"Cache-Control: {cache}", "Vary: Accept-Encoding", *VALIDATORS)
    if ", br" in request:
        return answer(b"\x0b\x02packed", *headers, "Content-Encoding: br")
    return answer(gzip.compress(page.encode()), *headers, "Content-Encoding: gzip")


@pytest.fixture(scope="module")
async def running(
    root: Path, tmp_path_factory: pytest.TempPathFactory, program: Callable[[str], str]
) -> AsyncIterator[Tried]:
    folder = tmp_path_factory.mktemp("varnish")
    async with (
        upstream(published) as site,
        upstream(published) as adserver,
        varnish(program("varnishd"), root, folder, site.port, adserver.port) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        yield Tried(client, site, adserver, "")


@pytest.fixture
def tried(running: Tried) -> Tried:
    """The ad server numbers its ads, and wants them kept: Varnish must know better."""

    def ad(_: str) -> bytes:
        return answer(b"[ad %d]" % len(running.adserver.requests), "Cache-Control: public, max-age=600")

    running.site.requests.clear()
    running.adserver.requests.clear()
    running.adserver.reply = ad
    return running._replace(path=next(_paths))


async def test_page_comes_from_the_cache_and_each_ad_anew(tried: Tried) -> None:
    assert [(await tried.get()).text for _ in range(2)] == [
        "<!doctype html><p>before[ad 1]after</p>\n",
        "<!doctype html><p>before[ad 2]after</p>\n",
    ]
    assert len(tried.site.requests) == 1


async def test_ad_server_is_asked_what_the_page_says(tried: Tried) -> None:
    await tried.get()
    [request] = tried.adserver.requests
    address = "/v1/slots/demo-haber/top?kv.section=yerel&kv.city=Kahramanmara%C5%9F"
    assert request.startswith(f"GET {address} HTTP/1.1\r\n")
    assert "\r\nHost: ads.example\r\n" in request


async def test_include_does_not_send_what_the_reader_tells_the_site(tried: Tried) -> None:
    await tried.get(Cookie="session=secret", Authorization="Basic secret")
    assert "secret" in tried.site.requests[0]
    assert "secret" not in tried.adserver.requests[0]


async def test_address_of_the_reader_is_the_last_that_is_told(tried: Tried) -> None:
    await tried.get(**{"X-Forwarded-For": "203.0.113.7"})
    assert "\r\nX-Forwarded-For: 203.0.113.7, 127.0.0.1\r\n" in tried.adserver.requests[0]


async def test_page_with_ads_is_kept_by_nobody_else(tried: Tried) -> None:
    page = await tried.get()
    assert page.headers["cache-control"] == "private, no-cache"
    assert {"etag", "last-modified", "expires"}.isdisjoint(page.headers)
    for validator in ({"If-None-Match": 'W/"1"'}, {"If-Modified-Since": "Thu, 26 Nov 2026 10:00:00 GMT"}):
        assert (await tried.get(**validator)).status_code == 200


async def test_page_without_ads_stays_as_the_site_sends_it(tried: Tried) -> None:
    page = await tried.client.get("/without-ads")
    assert (page.headers["cache-control"], page.headers["etag"]) == ("public, max-age=600", 'W/"1"')
    assert (await tried.client.get("/without-ads", headers={"If-None-Match": 'W/"1"'})).status_code == 304


async def test_page_that_must_not_be_stored_is_not(tried: Tried) -> None:
    page = await tried.client.get("/unstored")
    assert "[ad 1]" in page.text
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("cookie", [{}, {"Cookie": "a=b"}], ids=["cached", "passed"])
async def test_site_is_asked_for_what_varnish_can_unpack(tried: Tried, cookie: dict[str, str]) -> None:
    assert "[ad 1]" in (await tried.get(**{"Accept-Encoding": BROWSER, **cookie})).text


async def test_head_asks_for_no_ads(tried: Tried) -> None:
    page = await tried.client.head(tried.path)
    assert (page.status_code, page.content, tried.adserver.requests) == (200, b"", [])


async def test_form_goes_to_the_site_and_its_answer_has_ads(tried: Tried) -> None:
    await tried.get()
    page = await tried.client.post(tried.path, content="comment=x", headers={"Accept-Encoding": BROWSER})
    assert "[ad 2]" in page.text
    assert [request.split()[0] for request in tried.site.requests] == ["GET", "POST"]
    assert [request.split()[0] for request in tried.adserver.requests] == ["GET", "GET"]


async def test_includes_are_closed_to_the_outside(tried: Tried) -> None:
    page = await tried.client.get("/_ads/demo-haber/top")
    assert (page.status_code, tried.adserver.requests, tried.site.requests) == (404, [], [])


@pytest.mark.parametrize(
    "reply",
    [answer(b"broken", status="503 Service Unavailable"), answer(b"no", status="404 Not Found"), TOO_SHORT, None],
    ids=["broken", "unknown", "cut-short", "hanging"],
)
async def test_ad_that_does_not_come_leaves_nothing(tried: Tried, reply: bytes | None) -> None:
    tried.adserver.reply = lambda request: answer(b"live") if request.startswith("GET /live ") else reply
    page = await tried.get()
    assert (page.status_code, page.text) == (200, "<!doctype html><p>beforeafter</p>\n")
    assert len(tried.adserver.requests) == 1


async def test_ad_server_that_hangs_is_not_asked_until_it_is_well(tried: Tried) -> None:
    well, tried.adserver.reply = tried.adserver.reply, lambda _: None

    async def is_asked() -> bool:
        tried.adserver.requests.clear()
        await tried.get()
        return tried.adserver.requests != []

    async def is_spared() -> bool:
        return not await is_asked()

    await until(is_spared)
    tried.adserver.reply = well
    await until(is_asked)
