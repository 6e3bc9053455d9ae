"""`GET /tag.js`, `/a/{asset}`, `/ads.txt`: what does not change from reader to reader."""

import gzip
import hashlib
import re
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import urlsplit

from adserver.counting.views import FAILURES
from adserver.delivery.ads import error_response
from adserver.delivery.context import Context
from adserver.delivery.http import NOSNIFF, RETRY_AFTER, TEXT, Header, Response, Scope, headers_of
from adserver.inventory.load import find_asset

IMMUTABLE: Header = (b"cache-control", b"public, max-age=31536000, immutable")
# An hour, so that a new version reaches readers the same day; then a check by ETag that costs no body.
TAG_CACHE: Header = (b"cache-control", b"public, max-age=3600, stale-while-revalidate=86400")
ADS_TXT_CACHE: Header = (b"cache-control", b"public, max-age=3600")
ANY_ORIGIN: Header = (b"access-control-allow-origin", b"*")

_COMMENT_OR_INDENT = re.compile(r"^\s*/\*.*?\*/\s*\n|^\s*//[^\n]*\n| // [^\n]*$|^\s+", re.MULTILINE | re.DOTALL)


class _Tag(NamedTuple):
    plain: bytes
    packed: bytes
    etag: bytes


def _read_tag() -> _Tag:
    source = (files("adserver") / "static" / "tag.js").read_text("utf-8")
    plain = _COMMENT_OR_INDENT.sub("", source).encode()
    etag = b'"' + hashlib.blake2b(plain, digest_size=8).hexdigest().encode() + b'"'
    return _Tag(plain, gzip.compress(plain, 9, mtime=0), etag)


TAG = _read_tag()


def tag(scope: Scope) -> Response:
    """Answer with the tag, packed where the browser takes it."""
    headers = headers_of(scope)
    fixed = (TAG_CACHE, (b"etag", TAG.etag), (b"vary", b"accept-encoding"), NOSNIFF, ANY_ORIGIN)
    if headers.get(b"if-none-match") == TAG.etag:
        return Response(304, fixed)
    script: Header = (b"content-type", b"text/javascript; charset=utf-8")
    if b"gzip" in headers.get(b"accept-encoding", b""):
        return Response(200, (script, (b"content-encoding", b"gzip"), *fixed), TAG.packed)
    return Response(200, (script, *fixed), TAG.plain)


async def asset(context: Context, name: str) -> Response:
    """Answer with a creative's image. Its name is the hash of its content, so browsers may keep it for good."""
    found = context.assets.get(name)
    if found is None:
        try:
            async with context.pool.acquire() as connection:
                found = await find_asset(connection, name)
        except FAILURES:
            return error_response(503, "unavailable", "the image is unavailable", (RETRY_AFTER,))
        if found is None:
            return error_response(404, "unknown-image", "there is no such image")
        context.assets.put(found)
    return Response(200, ((b"content-type", found.media_type.encode()), IMMUTABLE, NOSNIFF, ANY_ORIGIN), found.content)


def ads_txt(context: Context, scope: Scope) -> Response:
    """Answer with the ads.txt of the site whose domain was asked for; with one site, of that one."""
    sites = context.snapshot.sites if context.snapshot else ()
    host = urlsplit("//" + headers_of(scope).get(b"host", b"").decode("latin-1")).hostname or ""
    matching = [site for site in sites if any(host == d or host.endswith("." + d) for d in site.domains)]
    for site in matching or (sites if len(sites) == 1 else ()):
        return Response(200, (TEXT, ADS_TXT_CACHE, NOSNIFF), (site.ads_txt.rstrip("\n") + "\n").encode())
    return error_response(404, "unknown-site", "no site has this domain")
