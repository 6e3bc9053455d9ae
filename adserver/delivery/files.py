"""`GET /tag.js`, `/a/{asset}`, `/ads.txt`: what does not change from reader to reader."""

from urllib.parse import urlsplit

from adserver.connections import POSTGRES_FAILURES
from adserver.delivery.ads import error_response
from adserver.delivery.context import Context
from adserver.delivery.http import NOSNIFF, RETRY_AFTER, TEXT, Header, Response, Scope, headers_of, query_of
from adserver.delivery.origin import is_host_of
from adserver.delivery.tag import PART, TAG
from adserver.inventory.load import find_asset

IMMUTABLE: Header = (b"cache-control", b"public, max-age=31536000, immutable")
# An hour, so that a new version reaches readers the same day; then a check by ETag that costs no body.
TAG_CACHE: Header = (b"cache-control", b"public, max-age=3600, stale-while-revalidate=86400")
ADS_TXT_CACHE: Header = (b"cache-control", b"public, max-age=3600")
SCRIPT: Header = (b"content-type", b"text/javascript; charset=utf-8")
ANY_ORIGIN: Header = (b"access-control-allow-origin", b"*")


def tag(scope: Scope) -> Response:
    """Answer with the tag, or with `?part=` one of its parts, packed where the browser takes it."""
    headers = headers_of(scope)
    part = dict(query_of(scope)).get("part")
    script = TAG if part is None else PART.get(part)
    if script is None:
        return error_response(404, "unknown-part", "the tag has no such part")
    fixed = (TAG_CACHE, (b"etag", script.etag), (b"vary", b"accept-encoding"), NOSNIFF, ANY_ORIGIN)
    if headers.get(b"if-none-match") == script.etag:
        return Response(304, fixed)
    if b"gzip" in headers.get(b"accept-encoding", b""):
        return Response(200, (SCRIPT, (b"content-encoding", b"gzip"), *fixed), script.packed)
    return Response(200, (SCRIPT, *fixed), script.plain)


async def asset(context: Context, name: str) -> Response:
    """Answer with a creative's image. Its name is the hash of its content, so browsers may keep it for good."""
    found = context.assets.get(name)
    if found is None:
        try:
            async with context.pool.acquire() as connection:
                found = await find_asset(connection, name)
        except POSTGRES_FAILURES:
            return error_response(503, "unavailable", "the image is unavailable", (RETRY_AFTER,))
        if found is None:
            return error_response(404, "unknown-image", "there is no such image")
        context.assets.put(found)
    return Response(200, ((b"content-type", found.media_type.encode()), IMMUTABLE, NOSNIFF, ANY_ORIGIN), found.content)


def ads_txt(context: Context, scope: Scope) -> Response:
    """Answer with the ads.txt of the site whose domain was asked for; with one site, of that one."""
    sites = context.snapshot.sites if context.snapshot else ()
    host = urlsplit("//" + headers_of(scope).get(b"host", b"").decode("latin-1")).hostname or ""
    matching = [site for site in sites if is_host_of(host, site.domains)]
    for site in matching or (sites if len(sites) == 1 else ()):
        return Response(200, (TEXT, ADS_TXT_CACHE, NOSNIFF), (site.ads_txt.rstrip("\n") + "\n").encode())
    return error_response(404, "unknown-site", "no site has this domain")
