"""`GET /v1/slots/{site}/{slot}`: a slot without our script, for includes, frames, mail and pages without scripts."""

import random
import time

from adserver.decision.request import NoFill
from adserver.delivery import mail
from adserver.delivery.ads import error_response
from adserver.delivery.ask import read_ask
from adserver.delivery.clicks import NO_INDEX
from adserver.delivery.context import Context, Snapshot
from adserver.delivery.decide import decide_page, stamp_of
from adserver.delivery.files import ANY_ORIGIN
from adserver.delivery.frame import frame_page
from adserver.delivery.http import HTML, NO_STORE, NOSNIFF, RETRY_AFTER, Response, Scope, headers_of
from adserver.delivery.macros import Showing
from adserver.delivery.origin import base_of
from adserver.delivery.reserve import stylesheet
from adserver.delivery.shown import outcome_of, shown_of
from adserver.delivery.write import fields_of, sign
from adserver.inventory.model import Site

CSS_CACHE = (b"cache-control", b"public, max-age=300")


async def slot(context: Context, scope: Scope, rest: str) -> Response:
    """Answer for `{site}/{slot}`, `{site}/{slot}.img`, `{site}/{slot}.link` or `{site}.css`."""
    site_key, _, slot_and_form = rest.partition("/")
    is_css = not slot_and_form and site_key.endswith(".css")
    snapshot = context.snapshot
    if snapshot is None:
        return error_response(503, "starting", "no inventory has been read yet", (RETRY_AFTER,))
    site = snapshot.index.sites.get(site_key.removesuffix(".css") if is_css else site_key)
    if site is None:
        return error_response(404, "unknown-site", "there is no such site")
    if is_css:
        return _css(snapshot, site)
    name, _, form = slot_and_form.partition(".")
    match form:
        case "":
            return _fragment(context, snapshot, scope, site, name)
        case "img":
            return await mail.image(context, snapshot, scope, site, name)
        case "link":
            return await mail.link(context, snapshot, scope, site, name)
    return error_response(404, "unknown-form", "a slot has the forms .img and .link")


def _css(snapshot: Snapshot, site: Site) -> Response:
    """Answer with the stylesheet that keeps each slot's place free, so that nothing moves when an ad arrives."""
    css = stylesheet(snapshot.slots_of(site))
    # Any page may read it: the tag does where the page has not linked it.
    return Response(200, ((b"content-type", b"text/css; charset=utf-8"), CSS_CACHE, NOSNIFF, ANY_ORIGIN), css.encode())


def _fragment(context: Context, snapshot: Snapshot, scope: Scope, site: Site, name: str) -> Response:
    """An empty slot is 200 with an empty body: includes put nothing or their stub in its place."""
    now = time.time()
    headers = headers_of(scope)
    ask, fields = read_ask(scope["query_string"], headers, context.settings.geo_city_header, slot=name)
    [decision], stamp = decide_page(context, snapshot, site, ask, now), stamp_of(ask, now)
    if decision.why is NoFill.UNKNOWN_SLOT:
        return error_response(404, "unknown-slot", "the site has no such slot")
    context.commit.add(fields_of(decision, stamp))
    context.metrics.decided[outcome_of(decision)] += 1
    [decided] = sign(context.keys, context.issuer, [decision], [stamp])
    shown = shown_of(decided)
    body = ""
    if shown is not None:
        base = base_of(scope, headers, context.settings)
        showing = Showing(shown.token, base, random.getrandbits(48), int(now), ask.page)
        body = snapshot.forms.fragment(shown.slot, shown.campaign, shown.creative, showing)
        if fields.single.get("as") == "frame":
            body = frame_page(shown, body, site.language, base)
    return Response(200, (HTML, NO_STORE, NOSNIFF, NO_INDEX), body.encode())
