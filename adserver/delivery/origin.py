"""Which pages may read our answers, and the address under which readers reach us."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from adserver.delivery.http import Header, Scope
from adserver.settings import Network, Settings

_HOST = re.compile(rb"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9a-fA-F:]{2,39}\](:[0-9]{1,5})?")

LONGEST_ORIGIN = 300
VARY: Header = (b"vary", b"origin")


def cors_headers(
    headers: Mapping[bytes, bytes], domains: frozenset[str] | tuple[str, ...], base_url: str | None
) -> tuple[Header, ...]:
    """Return the headers that let the page's script read the answer, if its origin is one of the site's domains.

    A Host that is not the server's own gets none: behind it stands a name that was pointed at us by somebody else.
    """
    origin = headers.get(b"origin")
    host = headers.get(b"host", b"")
    if origin is None or len(origin) > LONGEST_ORIGIN or len(host) > LONGEST_ORIGIN:
        return (VARY,)
    return _cors_headers(origin, host, domains, base_url)


# A site's pages have a few origins.
@lru_cache(maxsize=1024)
def _cors_headers(
    origin: bytes, host: bytes, domains: frozenset[str] | tuple[str, ...], base_url: str | None
) -> tuple[Header, ...]:
    if not _is_own_host(host, base_url) or not is_domain_of(origin, domains):
        return (VARY,)
    return ((b"access-control-allow-origin", origin), VARY)


def is_domain_of(origin: bytes, domains: Iterable[str]) -> bool:
    """Say whether the origin's host is one of the domains or below one."""
    try:
        parts = urlsplit(origin.decode("ascii"))
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not host:
        return False
    return is_host_of(host, domains)


def is_host_of(host: str, domains: Iterable[str]) -> bool:
    """Say whether the host is one of the domains or below one."""
    return any(host == domain or host.endswith("." + domain) for domain in domains)


def base_of(scope: Scope, headers: Mapping[bytes, bytes], settings: Settings) -> str:
    """Return the address that links in the answer begin with, without a slash at its end."""
    if settings.base_url is not None:
        return settings.base_url
    host, proxies = headers.get(b"host", b""), settings.trusted_proxies
    scheme = scheme_of(scope, headers, proxies) if proxies else scope["scheme"]
    return "" if len(host) > LONGEST_ORIGIN else _base(host, scheme)


@lru_cache(maxsize=1024)
def _base(host: bytes, scheme: str) -> str:
    return f"{scheme}://{host.decode()}" if _HOST.fullmatch(host) else ""


def scheme_of(scope: Scope, headers: Mapping[bytes, bytes], proxies: tuple[Network, ...]) -> str:
    """Return "https" or "http": the connection's, or what a trusted proxy says of the reader's."""
    claimed = headers.get(b"x-forwarded-proto", b"")
    if claimed in (b"http", b"https") and is_trusted(scope, proxies):
        return claimed.decode()
    return "https" if scope.get("scheme") == "https" else "http"


def client_address(scope: Scope, headers: Mapping[bytes, bytes], proxies: tuple[Network, ...]) -> str:
    """Return the reader's address: the last in X-Forwarded-For that is not a trusted proxy's, or the connection's."""
    peer = scope["client"][0] if scope.get("client") else ""
    if not _is_within(peer, proxies):
        return peer
    forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
    for address in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not _is_within(address, proxies):
            return address
    return peer


def is_trusted(scope: Scope, proxies: tuple[Network, ...]) -> bool:
    """Say whether the connection comes from one of the operator's proxies."""
    return bool(scope.get("client")) and _is_within(scope["client"][0], proxies)


def _is_within(text: str, networks: tuple[Network, ...]) -> bool:
    if not networks:
        return False
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in networks)


def _is_own_host(host: bytes, base_url: str | None) -> bool:
    return base_url is None or host.decode("latin-1").lower() == urlsplit(base_url).netloc.lower()
