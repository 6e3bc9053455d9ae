"""Where a request comes from: the reader's network, and whether one of our own pages sent it."""

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from starlette.requests import Request

from adserver.delivery.origin import is_trusted, scheme_of
from adserver.settings import Settings

_KEPT_BITS = {4: 24, 6: 48}


def client_network(request: Request, settings: Settings) -> str:
    """Return the client's network, "203.0.113.0/24": an address is never kept whole. Empty where there is none."""
    address = _client_address(request, settings)
    try:
        return str(ip_network(f"{address}/{_KEPT_BITS[ip_address(address).version]}", strict=False))
    except ValueError:
        return ""


def is_secure(request: Request, settings: Settings) -> bool:
    """Say whether the reader's browser speaks HTTPS, to us or to a trusted proxy."""
    headers = {b"x-forwarded-proto": request.headers.get("x-forwarded-proto", "").encode("latin-1")}
    return scheme_of(request.scope, headers, settings.trusted_proxies) == "https"


def is_from_own_page(request: Request, settings: Settings) -> bool:
    """Say whether a form was sent by a page of ours: the guard against forged requests from other sites.

    Browsers say so in Sec-Fetch-Site, and over plain HTTP in Origin only. A request with neither is refused.
    """
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site == "same-origin"
    own = {request.headers.get("host", "").lower(), urlsplit(settings.base_url or "").netloc.lower()} - {""}
    return request.headers.get("origin", "").lower().partition("://")[2] in own


def _client_address(request: Request, settings: Settings) -> str:
    peer = request.client.host if request.client else ""
    if not is_trusted(request.scope, settings.trusted_proxies):
        return peer
    # The right-most address is the one that our own proxy saw.
    return request.headers.get("x-forwarded-for", peer).rpartition(",")[2].strip()
