"""`GET /v1/views/{site}`: how often articles were read."""

import json
import re
from collections.abc import Sequence

from adserver.connections import POSTGRES_FAILURES
from adserver.delivery.ads import error_response
from adserver.delivery.ask import read_article
from adserver.delivery.context import Context
from adserver.delivery.http import JSON, NOSNIFF, RETRY_AFTER, BadRequest, Header, Response, Scope, headers_of, query_of
from adserver.delivery.origin import cors_headers
from adserver.inventory.model import Site

ARTICLE_LIMIT = 50
DAY_HOURS = 24
HOURS_LIMIT = 24 * 31
TOP_LIMIT = 100
SHORT_CACHE: Header = (b"cache-control", b"public, max-age=1")

_SPAN = re.compile(r"\s*([0-9]{1,5})\s*([hd]?)")


async def views(context: Context, scope: Scope, rest: str) -> Response:
    """Answer for `{site}?article=…` with an object of counts, for `{site}/top` with the most read in order; for
    `{site}?written&article=…&top=24h` with both, as a page shows them: `{"views": {"ID": "1.234"}, "top": […]}`."""
    site_key, _, form = rest.partition("/")
    site = context.snapshot.index.sites.get(site_key) if context.snapshot else None
    if site is None or form not in ("", "top"):
        return error_response(404, "unknown-site", "there is no such site")
    query = query_of(scope)
    # By which the part of the tag that fills lists writes numbers; pages of other origins may read this header.
    language = (b"content-language", site.language.encode())
    headers = (
        JSON,
        SHORT_CACHE,
        NOSNIFF,
        language,
        *cors_headers(headers_of(scope), site.domains, context.settings.base_url),
    )
    try:
        if form:
            answer: object = await _top(context, site, _whole(query, "hours", DAY_HOURS, HOURS_LIMIT), query)
        elif any(name == "written" for name, _ in query):
            answer = await _page(context, site, query)
        else:
            answer = dict(await context.views.of_articles(site.id, _articles(query, at_least=1)))
    except POSTGRES_FAILURES:
        return error_response(503, "unavailable", "the counts are unavailable", (RETRY_AFTER,))
    return Response(200, headers, json.dumps(answer, ensure_ascii=False).encode())


Query = Sequence[tuple[str, str]]


async def _page(context: Context, site: Site, query: Query) -> dict[str, object]:
    """Return counts as the site's language writes them, and the most read if they are asked for."""
    views = await context.views.of_articles(site.id, _articles(query, at_least=0))
    answer: dict[str, object] = {"views": {count.article: written(count.views, site.language) for count in views}}
    hours = [hours_of(value) for name, value in query if name == "top"]
    if hours:
        answer["top"] = await _top(context, site, hours[0], query)
    return answer


def written(number: int, language: str) -> str:
    """Return a whole number as the language of a site writes it: 1.234, or 1,234 in English."""
    return f"{number:,}" if language == "en" else f"{number:,}".replace(",", ".")


def hours_of(text: str) -> int:
    """Read the hours of a page's list, "24h" or "7d"; 24 where it says none that can be meant."""
    found = _SPAN.match(text)
    hours = int(found[1]) * (24 if found[2] == "d" else 1) if found else 0
    return min(hours, HOURS_LIMIT) or DAY_HOURS


def _articles(query: Query, at_least: int) -> list[str]:
    articles = [read_article(value) for name, value in query if name == "article"]
    if not at_least <= len(articles) <= ARTICLE_LIMIT:
        raise BadRequest(f"article must be given {at_least} to {ARTICLE_LIMIT} times")
    return articles


async def _top(context: Context, site: Site, hours: int, query: Query) -> list[dict[str, object]]:
    counts = await context.views.top(site.id, hours, _whole(query, "limit", 10, TOP_LIMIT))
    return [count._asdict() for count in counts]


def _whole(query: Query, name: str, default: int, most: int) -> int:
    text = dict(query).get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= most:
        raise BadRequest(f"{name} must be a whole number from 1 to {most}")
    return int(text)
