"""`GET /v1/ads`: the decisions for the slots of one page."""

import json
import random
from collections.abc import Mapping

from adserver.delivery.ask import Uncountable, read_ask
from adserver.delivery.compiled import fast
from adserver.delivery.context import Context, Snapshot
from adserver.delivery.decide import decide_page, own_stamps, stamp_of
from adserver.delivery.http import (
    JSON,
    NO_STORE,
    NOSNIFF,
    RETRY_AFTER,
    BadRequest,
    Response,
    Scope,
    headers_of,
)
from adserver.delivery.origin import base_of, cors_headers
from adserver.delivery.render import Envelope
from adserver.delivery.shown import FILLED
from adserver.delivery.write import Article, Written, write_page, write_page_in_python
from adserver.inventory.model import Site
from adserver.settings import Settings


def ads(context: Context, scope: Scope, now: float) -> Response:
    """Answer with a creative or null for each slot. Works while Redis and Postgres are down: it reads only memory."""
    answer = None if fast is None else fast.ads(context, scope, now)
    return ads_in_python(context, scope, now) if answer is None else answer


def ads_in_python(context: Context, scope: Scope, now: float) -> Response:
    """Answer as `ads` does."""
    headers = headers_of(scope)
    ask, _ = read_ask(scope["query_string"], headers, context.settings.geo_city_header)
    article, fault = (None, ask.article.reason) if isinstance(ask.article, Uncountable) else (ask.article, None)
    if not ask.slots.names and article is None:
        raise BadRequest(fault or "slots or article is missing")
    snapshot = context.snapshot
    if snapshot is None:
        return error_response(503, "starting", "no inventory has been read yet", (RETRY_AFTER,))
    site = snapshot.index.sites.get(ask.site)
    if site is None:
        return error_response(404, "unknown-site", "there is no such site")
    answers, page_headers = envelope_of(snapshot, context.settings, site, scope, headers)
    page = (
        decide_page(context, snapshot, site, ask, now),
        stamp_of(ask, now),
        answers,
        context.keys,
        context.issuer,
        random.getrandbits(64),
        ask.page,
        None if article is None else Article(site.id, article),
    )
    names, called = ask.slots
    if names is called and not ask.own:
        written = write_page(*page)
    else:
        written = write_page_in_python(*page, called, own_stamps(ask, now))
    _count(context, len(names), written)
    response = Response(200, page_headers, written.body)
    return response if fault is None else with_fields(response, {"article_fault": fault})


def envelope_of(
    snapshot: Snapshot, settings: Settings, site: Site, scope: Scope, headers: Mapping[bytes, bytes]
) -> Envelope:
    """Return what the answer has in common with others."""
    cors = cors_headers(headers, site.domains, settings.base_url)
    return Envelope(snapshot.forms.of(base_of(scope, headers, settings)), (JSON, NO_STORE, NOSNIFF, *cors))


def with_fields(response: Response, fields: Mapping[str, object]) -> Response:
    """Return an answer with these fields too."""
    more = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return response._replace(body=response.body[:-1] + b"," + more[1:])


def error_response(status: int, error: str, reason: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
    """Return a fault as JSON: a fixed word for programs and a reason for people."""
    body = json.dumps({"error": error, "reason": reason}).encode()
    return Response(status, (JSON, NO_STORE, NOSNIFF, *headers), body)


def _count(context: Context, slots: int, written: Written) -> None:
    metrics = context.metrics
    context.commit.add(written.fields)
    metrics.decided[FILLED] += slots - len(written.whys)
    for why in written.whys:
        metrics.decided[why.value] += 1
