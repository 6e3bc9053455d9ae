from ipaddress import ip_network

import pytest

from adserver.delivery.http import Scope
from adserver.delivery.origin import base_of, client_address, cors_headers, scheme_of
from tests.delivery.conftest import settings_for

PROXIES = (ip_network("10.0.0.0/8"), ip_network("127.0.0.1/32"))
ORIGIN = b"https://haber.example"
ALLOWED = (b"access-control-allow-origin", ORIGIN)


def scope(client: str = "203.0.113.7") -> Scope:
    return {"type": "http", "scheme": "http", "client": (client, 50_000)}


@pytest.mark.parametrize(
    ("host", "base_url", "is_allowed"),
    [
        pytest.param(b"ads.example", "https://ads.example", True, id="the server's own host"),
        pytest.param(b"ADS.example", "https://ads.example", True, id="in other letters"),
        pytest.param(b"evil.example", "https://ads.example", False, id="another name for the server"),
        pytest.param(b"ads.example:8000", "https://ads.example", False, id="another port"),
        pytest.param(b"anything.example", None, True, id="no address is set"),
    ],
)
def test_a_wrong_host_gets_no_cors_header(host: bytes, base_url: str | None, is_allowed: bool) -> None:
    headers = {b"host": host, b"origin": ORIGIN}
    assert (ALLOWED in cors_headers(headers, ("haber.example",), base_url)) is is_allowed


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        pytest.param("203.0.113.7", b"198.51.100.1", "203.0.113.7", id="a stranger's word is not believed"),
        pytest.param("10.0.0.2", b"198.51.100.1", "198.51.100.1", id="a proxy's is"),
        pytest.param("10.0.0.2", b"1.2.3.4, 198.51.100.1", "198.51.100.1", id="what a reader put before it is not"),
        pytest.param("10.0.0.2", b"198.51.100.1, 10.0.0.9", "198.51.100.1", id="proxies behind it are passed over"),
        pytest.param("10.0.0.2", b"", "10.0.0.2", id="a proxy that says nothing"),
        pytest.param("10.0.0.2", b"unknown", "unknown", id="a proxy that does not know"),
    ],
)
def test_the_readers_address_is_the_last_that_is_no_proxys(client: str, forwarded: bytes, address: str) -> None:
    assert client_address(scope(client), {b"x-forwarded-for": forwarded}, PROXIES) == address


def test_a_proxy_says_whether_the_reader_came_by_https() -> None:
    headers = {b"x-forwarded-proto": b"https"}
    assert scheme_of(scope("10.0.0.2"), headers, PROXIES) == "https"
    assert scheme_of(scope("203.0.113.7"), headers, PROXIES) == "http"


@pytest.mark.parametrize(
    ("host", "base"),
    [
        (b"ads.example", "http://ads.example"),
        (b"localhost:8000", "http://localhost:8000"),
        (b"[::1]:8000", "http://[::1]:8000"),
        (b'evil"><script>', ""),
        (b"", ""),
    ],
)
def test_links_begin_with_the_host_that_was_asked_if_it_is_one(host: bytes, base: str) -> None:
    assert base_of(scope(), {b"host": host}, settings_for("postgresql://h/d", "redis://h")) == base


def test_links_begin_with_the_address_that_is_set() -> None:
    settings = settings_for("postgresql://h/d", "redis://h", base_url="https://ads.example/")
    assert base_of(scope(), {b"host": b"other.example"}, settings) == "https://ads.example"
