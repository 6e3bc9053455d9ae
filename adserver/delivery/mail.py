"""A slot's `.img` and `.link`: an image and where it leads, for mail, feeds and pages without scripts.

A mail program's proxy fetches the image, the click comes from elsewhere and perhaps days later, and nothing is kept in
between. So both addresses draw anew, from what they share alone: site, slot, the key-values, `w` and `n`. Neither the
sender's device nor pacing has a say, and a draw changes no more than its weights do. What may part the two is a change
of the booking between them: a campaign that begins, ends or is paused.
"""

import hashlib
import random
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from html import escape
from typing import NamedTuple

from adserver.counting.commit import Unavailable
from adserver.counting.events import EventKind, Rejection
from adserver.counting.reported import Reported
from adserver.decision.choose import decide
from adserver.decision.pool import Draw
from adserver.decision.request import AdRequest, Decision, NoFill
from adserver.delivery.ads import error_response
from adserver.delivery.ask import Ask, read_ask
from adserver.delivery.clicks import NO_INDEX, NO_REFERRER_PATH, count_click
from adserver.delivery.context import Context, Snapshot
from adserver.delivery.decide import Stamp, stamp_of
from adserver.delivery.device import device_of
from adserver.delivery.events import pixel_response
from adserver.delivery.http import HTML, NO_STORE, NOSNIFF, Response, Scope, headers_of, location
from adserver.delivery.macros import Showing, fill
from adserver.delivery.origin import base_of
from adserver.delivery.record import Sender, record_for_good, sender_of
from adserver.delivery.render import image_form
from adserver.delivery.shown import Shown, outcome_of, shown_of
from adserver.delivery.write import fields_of, sign
from adserver.inventory.model import CreativeKind, Site

SEED_CHARACTERS = 64
TURNS = 8
"""So often is drawn anew where the draw falls on a creative that is no image."""

_TEXTS = {
    "tr": ("Bu reklam artık yayında değil.", "Siteye git"),
    "en": ("This ad is no longer shown.", "Go to the site"),
}

# The list of robots has them, but they fetch an image when a reader opens the mail, or a moment before.
_MAIL_PROXIES = ("GoogleImageProxy", "YahooMailProxy")


class _Mail(NamedTuple):
    """What was asked, how it was decided, and what that is counted for."""

    ask: Ask
    decision: Decision
    stamp: Stamp


async def image(context: Context, snapshot: Snapshot, scope: Scope, site: Site, slot: str) -> Response:
    """Redirect to an image creative's file and count the impression: mail programs run no script to report it.

    A transparent pixel where the slot is empty. While Redis is away the impression waits in the journal, and where that
    is full it is lost: the reader gets the image.
    """
    now = time.time()
    mail = _decided(snapshot, scope, site, slot, now)
    if mail.decision.why is NoFill.UNKNOWN_SLOT:
        return _unknown_slot()
    shown = _signed(context, mail)
    if scope["method"] != "HEAD":
        context.commit.add(fields_of(mail.decision, mail.stamp))
        context.metrics.decided[outcome_of(mail.decision)] += 1
        if context.traffic.is_due():
            context.traffic.note(site.id, mail.ask.slots.names, mail.ask.attributes, mail.ask.max_width)
        if shown is not None:
            event = Reported(EventKind.IMPRESSION, context.keys.read(shown.token))
            with suppress(Unavailable):
                await record_for_good(context, _opener(context, scope), event, shown.token, now)
    if shown is None:
        return pixel_response()
    base = base_of(scope, headers_of(scope), context.settings)
    showing = Showing(shown.token, base, random.getrandbits(48), int(now), mail.ask.page)
    return Response(302, (location(fill(image_form(shown.creative), showing)), NO_STORE, NO_INDEX))


async def link(context: Context, snapshot: Snapshot, scope: Scope, site: Site, slot: str) -> Response:
    """Redirect a click on the `.img` with the same query to its creative's address; no request is counted.

    Where the slot is empty now, a page says so and leads to the site.
    """
    now = time.time()
    mail = _decided(snapshot, scope, site, slot, now)
    if mail.decision.why is NoFill.UNKNOWN_SLOT:
        return _unknown_slot()
    shown = _signed(context, mail)
    if shown is None:
        return Response(404, (HTML, NO_STORE, NOSNIFF, NO_INDEX), _gone_page(site).encode())
    if scope["method"] != "HEAD":
        event = Reported(EventKind.CLICK, context.keys.read(shown.token), is_alone=True)
        await count_click(context, scope, event, shown.token)
    return Response(302, (location(shown.creative.click_url), NO_STORE, NO_REFERRER_PATH, NO_INDEX))


def seeded_draw(seed: str) -> Draw:
    """Return a draw whose results follow from the seed alone: the first 53 bits of BLAKE2b of seed and turn, as a
    fraction. So a change of the weights moves few draws to a neighbour and not all of them."""
    turn = 0

    def draw() -> float:
        nonlocal turn
        turn += 1
        digest = hashlib.blake2b(f"{turn}/{seed}".encode(), digest_size=8).digest()
        return (int.from_bytes(digest) >> 11) / (1 << 53)

    return draw


def _decided(snapshot: Snapshot, scope: Scope, site: Site, slot: str, now: float) -> _Mail:
    ask, fields = read_ask(scope["query_string"], {}, None, slot=slot)
    seed = fields.single.get("n", "")[:SEED_CHARACTERS]
    decision = _decide_image(snapshot, site, ask, seed, now)
    device = device_of(_user_agent(headers_of(scope)))
    return _Mail(ask, decision, stamp_of(ask, now, device))


def _decide_image(snapshot: Snapshot, site: Site, ask: Ask, seed: str, now: float) -> Decision:
    request = AdRequest(site, ask.slots.names, ask.attributes, datetime.fromtimestamp(now, UTC), ask.max_width)
    for turn in range(TURNS):
        draw = seeded_draw(f"{turn}/{site.key}/{ask.slots.names[0]}/{seed}")
        [decision] = decide(snapshot.index, request, draw)
        if decision.creative is None or decision.creative.kind is CreativeKind.IMAGE:
            return decision
    return Decision(decision.name, decision.slot, None, None, NoFill.NO_CANDIDATES)


def _signed(context: Context, mail: _Mail) -> Shown | None:
    [decided] = sign(context.keys, context.issuer, [mail.decision], [mail.stamp])
    return shown_of(decided)


def _opener(context: Context, scope: Scope) -> Sender:
    """Who opened the mail: the proxy of a mail service fetches for a reader, though it is a robot in a data centre."""
    sender = sender_of(context, scope, headers_of(scope))
    is_for_reader = any(proxy in sender.user_agent for proxy in _MAIL_PROXIES)
    if is_for_reader and sender.refusal in (Rejection.DECLARED_BOT, Rejection.DATACENTER):
        return sender._replace(refusal=None)
    return sender


def _user_agent(headers: Mapping[bytes, bytes]) -> str:
    return headers.get(b"user-agent", b"").decode("latin-1")


def _unknown_slot() -> Response:
    return error_response(404, "unknown-slot", "the site has no such slot")


def _gone_page(site: Site) -> str:
    text, to_site = _TEXTS.get(site.language, _TEXTS["en"])
    anchor = f'<p><a href="https://{escape(site.domains[0])}/">{to_site}</a></p>' if site.domains else ""
    return (
        f'<!doctype html><html lang="{escape(site.language)}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(site.name)}</title>'
        "<style>body{font:1.1em/1.6 system-ui,sans-serif;text-align:center;margin:20vh 1em}</style>"
        f"<p>{text}</p>{anchor}</html>"
    )
