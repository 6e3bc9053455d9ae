"""`GET /v1/views/{site}`: how often articles were read; and the same with the ads of a page."""

import asyncio
import json
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from adserver.connections import POSTGRES_FAILURES
from adserver.counting.views import Top, ViewCount
from adserver.delivery.ads import ads, error_response, with_fields
from adserver.delivery.ask import is_countable, read_article
from adserver.delivery.context import Context
from adserver.delivery.http import (
    JSON,
    NOSNIFF,
    RETRY_AFTER,
    BadRequest,
    Done,
    Header,
    Response,
    Scope,
    headers_of,
    query_of,
)
from adserver.delivery.origin import cors_headers
from adserver.inventory.model import Site

ARTICLE_LIMIT = 50
DAY_HOURS = 24
HOURS_LIMIT = 24 * 31
TOP_LIMIT = 100
PATIENCE_SECONDS = 0.1
"""How long a page's ads wait for its counts."""
WRITTEN = b"&written"
"""In the query of an ad request that asks for counts too."""
SHORT_CACHE: Header = (b"cache-control", b"public, max-age=1")

_SPAN = re.compile(r"\s*([0-9]{1,5})\s*([hd]?)")


Query = Sequence[tuple[str, str]]


class Wanted(NamedTuple):
    """The counts that a page wants."""

    articles: Sequence[str]
    top: Top | None


async def views(context: Context, scope: Scope, rest: str) -> Response:
    """Answer for `{site}?article=…` with an object of counts, for `{site}/top` with the most read in order; for
    `{site}?written&views=…&top=24h` with both, as a page shows them: `{"views": {"ID": "1.234"}, "top": […]}`."""
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
            top = _top(query, _whole(query, "hours", DAY_HOURS, HOURS_LIMIT))
            answer: object = _listed(await context.views.top(site.id, top))
        elif any(name == "written" for name, _ in query):
            answer = await _written(context, site, _read_wanted(query, "views", "article"))
        else:
            answer = dict(await context.views.of_articles(site.id, _articles(query, ("article",), at_least=1)))
    except POSTGRES_FAILURES:
        return error_response(503, "unavailable", "the counts are unavailable", (RETRY_AFTER,))
    return Response(200, headers, _json(answer))


def begin_ads_with_counts(context: Context, scope: Scope, body: bytes, done: Done) -> None:
    """Answer an ad request that asks for counts too, `…&written&views=ID&top=24h&limit=10`, with both in one object.
    Ads do not wait long for counts: where Postgres is slow or away, or the question is wrong, they come without. Raises
    BadRequest for what is wrong with the rest."""
    query = query_of(scope)
    response = ads(context, scope, time.time())
    if response.status != 200 or context.snapshot is None:
        done(response)
        return
    try:
        wanted = _read_wanted(query, "views")
    except BadRequest as fault:
        done(with_fields(response, {"views_fault": str(fault)}))
    else:
        site = context.snapshot.index.sites[next(value for name, value in query if name == "site")]
        context.run(_add_counts(context, site, wanted, response, done))


async def _add_counts(context: Context, site: Site, wanted: Wanted, response: Response, done: Done) -> None:
    answer = response
    try:
        with suppress(*POSTGRES_FAILURES):
            async with asyncio.timeout(PATIENCE_SECONDS):
                counts = await _written(context, site, wanted)
            answer = with_fields(response, counts)
    finally:
        done(answer)


def _read_wanted(query: Query, *names: str) -> Wanted:
    """Read which counts a page wants, of the articles in the fields of these names. One whose id cannot be counted
    costs the others nothing. Raises BadRequest."""
    hours = [hours_of(value) for name, value in query if name == "top"]
    countable = [(name, value) for name, value in query if name not in names or is_countable(value)]
    return Wanted(_articles(countable, names, at_least=0), _top(query, hours[0]) if hours else None)


async def _written(context: Context, site: Site, wanted: Wanted) -> dict[str, object]:
    """Return counts as the site's language writes them, and the most read if they are asked for."""
    views, top = await context.views.of_page(site.id, *wanted)
    answer: dict[str, object] = {"views": {count.article: written(count.views, site.language) for count in views}}
    if wanted.top is not None:
        answer["top"] = _listed(top)
    return answer


def written(number: int, language: str) -> str:
    """Return a whole number as the language of a site writes it: 1.234, or 1,234 in English."""
    return f"{number:,}" if language == "en" else f"{number:,}".replace(",", ".")


def hours_of(text: str) -> int:
    """Read the hours of a page's list, "24h" or "7d"; 24 where it says none that can be meant."""
    found = _SPAN.match(text)
    hours = int(found[1]) * (24 if found[2] == "d" else 1) if found else 0
    return min(hours, HOURS_LIMIT) or DAY_HOURS


def _articles(query: Query, names: Sequence[str], at_least: int) -> list[str]:
    articles = [read_article(value) for name, value in query if name in names]
    if not at_least <= len(articles) <= ARTICLE_LIMIT:
        raise BadRequest(f"{names[0]} must be given {at_least} to {ARTICLE_LIMIT} times")
    return articles


def _top(query: Query, hours: int) -> Top:
    return Top(hours, _whole(query, "limit", 10, TOP_LIMIT))


def _listed(counts: Sequence[ViewCount]) -> list[dict[str, object]]:
    return [count._asdict() for count in counts]


def _json(answer: object) -> bytes:
    return json.dumps(answer, ensure_ascii=False).encode()


def _whole(query: Query, name: str, default: int, most: int) -> int:
    text = dict(query).get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:9]) <= most:
        raise BadRequest(f"{name} must be a whole number from 1 to {most}")
    return int(text)
