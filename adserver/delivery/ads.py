"""`GET /v1/ads`: the decisions for the slots of one page."""

import json
import random
import time

from adserver.delivery.ask import Ask, read_ask
from adserver.delivery.context import Context, Snapshot
from adserver.delivery.decide import Decided, decide_page
from adserver.delivery.http import (
    JSON,
    NO_STORE,
    NOSNIFF,
    RETRY_AFTER,
    BadRequest,
    Response,
    Scope,
    headers_of,
    query_of,
)
from adserver.delivery.origin import base_of, cors_headers
from adserver.inventory.model import Site


def ads(context: Context, scope: Scope) -> Response:
    """Answer with a creative or null for each slot. Works while Redis and Postgres are down: it reads only memory."""
    headers = headers_of(scope)
    ask = read_ask(query_of(scope), headers, context.settings.geo_city_header)
    if not ask.slots and ask.article is None:
        raise BadRequest("slots or article is missing")
    snapshot = context.snapshot
    if snapshot is None:
        return error_response(503, "starting", "no inventory has been read yet", (RETRY_AFTER,))
    site = snapshot.index.site(ask.site)
    if site is None:
        return error_response(404, "unknown-site", "there is no such site")
    now = time.time()
    decided = decide_page(context, snapshot, site, ask, now)
    body = _body(context, snapshot, site, ask, decided, base_of(scope, headers, context.settings), int(now))
    cors = cors_headers(headers, site.domains, context.settings.base_url)
    return Response(200, (JSON, NO_STORE, NOSNIFF, *cors), body)


def error_response(status: int, error: str, reason: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
    """Return a fault as JSON: a fixed word for programs and a reason for people."""
    body = json.dumps({"error": error, "reason": reason}).encode()
    return Response(status, (JSON, NO_STORE, NOSNIFF, *headers), body)


def _body(
    context: Context, snapshot: Snapshot, site: Site, ask: Ask, decided: list[Decided], base: str, now: int
) -> bytes:
    forms = snapshot.forms.of(base)
    page, metrics = ask.page, context.metrics
    slots: list[bytes] = []
    whys: dict[str, str] = {}
    for decision, token in decided:
        slots.append(forms.json(decision, token, page, now))
        if decision.why is not None:
            whys[decision.name] = decision.why.value
            metrics.count(metrics.decisions, decision.why.value)
    metrics.count(metrics.decisions, "filled", amount=len(slots) - len(whys))
    parts = [
        b'{"request":"%016x","slots":{' % random.getrandbits(64),
        b",".join(slots),
        b'},"why":%b' % json.dumps(whys).encode() if whys else b'},"why":{}',
    ]
    if ask.article is not None:
        parts.append(b',"view":"%b"' % context.keys.sign_view(context.issuer.view(now, site.id, ask.article)).encode())
    parts.append(b"}")
    return b"".join(parts)
