"""`GET /v1/slots/{site}/{slot}`: a slot without our script, for includes, frames, mail and pages without scripts."""

import hashlib
import random
import time
from contextlib import suppress
from typing import NamedTuple

from adserver.counting.commit import Unavailable
from adserver.counting.events import EventKind
from adserver.decision.pool import Draw
from adserver.decision.request import NoFill
from adserver.delivery.ads import error_response
from adserver.delivery.ask import Ask, read_ask
from adserver.delivery.clicks import NO_INDEX, count_click
from adserver.delivery.context import Context, Snapshot
from adserver.delivery.decide import Decided, decide_page
from adserver.delivery.events import pixel_response
from adserver.delivery.http import HTML, NO_STORE, NOSNIFF, RETRY_AFTER, Response, Scope, headers_of, query_of
from adserver.delivery.macros import Showing, fill
from adserver.delivery.origin import base_of
from adserver.delivery.record import Reported, record_for_good, sender_of
from adserver.delivery.render import frame_page, image_form
from adserver.delivery.reserve import stylesheet
from adserver.inventory.model import Campaign, Creative, CreativeKind, Site, Slot

SEED_CHARACTERS = 64
CSS_CACHE = (b"cache-control", b"public, max-age=300")


class Shown(NamedTuple):
    """A filled slot with all that shows it."""

    slot: Slot
    campaign: Campaign
    creative: Creative
    token: str


async def slot(context: Context, scope: Scope, rest: str) -> Response:
    """Answer for `{site}/{slot}`, `{site}/{slot}.img`, `{site}/{slot}.link` or `{site}.css`."""
    site_key, _, slot_and_form = rest.partition("/")
    if not slot_and_form and site_key.endswith(".css"):
        return _css(context, site_key.removesuffix(".css"))
    snapshot = context.snapshot
    if snapshot is None:
        return error_response(503, "starting", "no inventory has been read yet", (RETRY_AFTER,))
    site = snapshot.index.site(site_key)
    if site is None:
        return error_response(404, "unknown-site", "there is no such site")
    name, _, form = slot_and_form.partition(".")
    query = query_of(scope)
    ask = read_ask(query, headers_of(scope), context.settings.geo_city_header, slot=name)
    parameters = dict(query)
    if form == "img":
        return await _image(context, snapshot, scope, site, ask, parameters)
    if form == "link":
        return await _link(context, snapshot, scope, site, ask, parameters)
    if form:
        return error_response(404, "unknown-form", "a slot has the forms .img and .link")
    return _fragment(context, snapshot, scope, site, ask, as_frame=parameters.get("as") == "frame")


def _css(context: Context, site_key: str) -> Response:
    """Answer with the stylesheet that keeps each slot's place free, so that nothing moves when an ad arrives."""
    snapshot = context.snapshot
    site = snapshot.index.site(site_key) if snapshot else None
    if snapshot is None or site is None:
        return error_response(404, "unknown-site", "there is no such site")
    css = stylesheet(snapshot.slots_of(site))
    return Response(200, ((b"content-type", b"text/css; charset=utf-8"), CSS_CACHE, NOSNIFF), css.encode())


def _fragment(context: Context, snapshot: Snapshot, scope: Scope, site: Site, ask: Ask, *, as_frame: bool) -> Response:
    """An empty slot is 200 with an empty body: includes put nothing or their stub in its place."""
    now = time.time()
    [decided] = decide_page(context, snapshot, site, ask, now)
    if decided.decision.why is NoFill.UNKNOWN_SLOT:
        return error_response(404, "unknown-slot", "the site has no such slot")
    shown = _shown(decided)
    body = ""
    if shown is not None:
        showing = _showing(context, scope, shown.token, ask, now)
        body = snapshot.forms.fragment(shown.slot, shown.campaign, shown.creative, showing)
        body = frame_page(shown.slot, body, site.language) if as_frame else body
    return Response(200, (HTML, NO_STORE, NOSNIFF, NO_INDEX), body.encode())


async def _image(
    context: Context, snapshot: Snapshot, scope: Scope, site: Site, ask: Ask, parameters: dict[str, str]
) -> Response:
    """Redirect to an image creative's file and count the impression: mail programs run no script to report it."""
    now = time.time()
    [decided] = decide_page(context, snapshot, site, ask, now, _draw(site, ask, parameters))
    shown = _shown(decided)
    if shown is None or shown.creative.kind is not CreativeKind.IMAGE:
        return pixel_response()
    with suppress(Unavailable):
        sender = sender_of(context, scope, headers_of(scope))
        await record_for_good(context, sender, _reported(context, EventKind.IMPRESSION, shown), now)
    address = fill(image_form(shown.creative), _showing(context, scope, shown.token, ask, now))
    return Response(302, ((b"location", address.encode()), NO_STORE, NO_INDEX))


async def _link(
    context: Context, snapshot: Snapshot, scope: Scope, site: Site, ask: Ask, parameters: dict[str, str]
) -> Response:
    """Redirect a click on the `.img` with the same `n` to its creative's address."""
    now = time.time()
    [decided] = decide_page(context, snapshot, site, ask, now, _draw(site, ask, parameters))
    shown = _shown(decided)
    if shown is None:
        return error_response(404, "no-ad", "the slot is empty")
    if scope["method"] != "HEAD":
        await count_click(context, scope, _reported(context, EventKind.CLICK, shown))
    return Response(302, ((b"location", shown.creative.click_url.encode("ascii", "ignore")), NO_STORE, NO_INDEX))


def _shown(decided: Decided) -> Shown | None:
    decision, token = decided
    if token is None or decision.slot is None or decision.campaign is None or decision.creative is None:
        return None
    return Shown(decision.slot, decision.campaign, decision.creative, token)


def _reported(context: Context, kind: EventKind, shown: Shown) -> Reported:
    return Reported(kind, shown.token, context.keys.read(shown.token))


def _showing(context: Context, scope: Scope, token: str, ask: Ask, now: float) -> Showing:
    base = base_of(scope, headers_of(scope), context.settings)
    return Showing(token, base, random.getrandbits(48), int(now), ask.page)


def _draw(site: Site, ask: Ask, parameters: dict[str, str]) -> Draw:
    """Chance for `.img` and `.link`: the same `n` draws the same creative for both, without a cookie."""
    seed = parameters.get("n", "")[:SEED_CHARACTERS]
    if not seed:
        return random.random
    return seeded_draw(f"{site.key}/{ask.slots[0]}/{seed}")


def seeded_draw(seed: str) -> Draw:
    """Return a draw whose results follow from the seed alone: the first 53 bits of BLAKE2b of seed and turn."""
    turn = 0

    def draw() -> float:
        nonlocal turn
        turn += 1
        digest = hashlib.blake2b(f"{turn}/{seed}".encode(), digest_size=8).digest()
        return (int.from_bytes(digest) >> 11) / 2**53

    return draw
