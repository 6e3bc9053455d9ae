"""`GET /v1/views/{site}`: how often articles were read."""

import json
from collections.abc import Sequence

from adserver.connections import POSTGRES_FAILURES
from adserver.delivery.ads import error_response
from adserver.delivery.ask import read_article
from adserver.delivery.context import Context
from adserver.delivery.http import JSON, NOSNIFF, RETRY_AFTER, BadRequest, Header, Response, Scope, headers_of, query_of
from adserver.delivery.origin import cors_headers
from adserver.inventory.model import Site

ARTICLE_LIMIT = 50
HOURS_LIMIT = 24 * 31
TOP_LIMIT = 100
SHORT_CACHE: Header = (b"cache-control", b"public, max-age=1")


async def views(context: Context, scope: Scope, rest: str) -> Response:
    """Answer for `{site}?article=…` with an object of counts, for `{site}/top` with the most read in order."""
    site_key, _, form = rest.partition("/")
    site = context.snapshot.index.sites.get(site_key) if context.snapshot else None
    if site is None or form not in ("", "top"):
        return error_response(404, "unknown-site", "there is no such site")
    query = query_of(scope)
    # By which the tag writes the counts; pages of other origins may read this header.
    language = (b"content-language", site.language.encode())
    headers = (
        JSON,
        SHORT_CACHE,
        NOSNIFF,
        language,
        *cors_headers(headers_of(scope), site.domains, context.settings.base_url),
    )
    try:
        answer = await (_top(context, site, query) if form else _articles(context, site, query))
    except POSTGRES_FAILURES:
        return error_response(503, "unavailable", "the counts are unavailable", (RETRY_AFTER,))
    return Response(200, headers, json.dumps(answer, ensure_ascii=False).encode())


async def _articles(context: Context, site: Site, query: Sequence[tuple[str, str]]) -> dict[str, int]:
    articles = [read_article(value) for name, value in query if name == "article"]
    if not 0 < len(articles) <= ARTICLE_LIMIT:
        raise BadRequest(f"article must be given 1 to {ARTICLE_LIMIT} times")
    return dict(await context.views.of_articles(site.id, articles))


async def _top(context: Context, site: Site, query: Sequence[tuple[str, str]]) -> list[dict[str, object]]:
    parameters = dict(query)
    hours = _whole(parameters, "hours", 24, HOURS_LIMIT)
    counts = await context.views.top(site.id, hours, _whole(parameters, "limit", 10, TOP_LIMIT))
    return [count._asdict() for count in counts]


def _whole(parameters: dict[str, str], name: str, default: int, most: int) -> int:
    text = parameters.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= most:
        raise BadRequest(f"{name} must be a whole number from 1 to {most}")
    return int(text)
