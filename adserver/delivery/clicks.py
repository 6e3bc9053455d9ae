"""`GET /v1/c/{token}`: to the advertiser's page, counted on the way."""

import asyncio
import time
from contextlib import suppress

from adserver.counting.commit import Unavailable
from adserver.counting.counter import unpack_subject
from adserver.counting.events import EventKind
from adserver.counting.reported import Reported
from adserver.counting.token import AdToken
from adserver.delivery.ads import error_response
from adserver.delivery.context import Context
from adserver.delivery.http import NO_STORE, RETRY_AFTER, Header, Response, Scope, headers_of, location
from adserver.delivery.record import record_for_good, sender_of
from adserver.inventory.model import CreativeId

NEWER_INVENTORY_TRIES = 10

NO_REFERRER_PATH: Header = (b"referrer-policy", b"strict-origin-when-cross-origin")
NO_INDEX: Header = (b"x-robots-tag", b"noindex, nofollow")


async def click(context: Context, scope: Scope, text: str) -> Response:
    """Redirect to the creative's address, which comes from our inventory alone: there is no open redirect.

    The reader is sent on also when the token has expired, when the click is refused, and while Redis is away.
    """
    token = context.keys.read(text)
    if not isinstance(token, AdToken):
        return error_response(404, "unknown-token", "this address is not one of ours")
    if context.snapshot is None:
        return error_response(503, "starting", "no inventory has been read yet", (RETRY_AFTER,))
    address = await _address(context, CreativeId(unpack_subject(token.subject).creative_id))
    if address is None:
        return error_response(404, "unknown-creative", "the creative of this address is not known here")
    if scope["method"] != "HEAD":
        await count_click(context, scope, Reported(EventKind.CLICK, token), text)
    return Response(302, (location(address), NO_STORE, NO_REFERRER_PATH, NO_INDEX))


async def _address(context: Context, creative: CreativeId) -> str | None:
    """Return where the click leads. Another worker may have decided with an inventory that is still on its way here."""
    for _ in range(NEWER_INVENTORY_TRIES):
        if context.snapshot is not None and (address := context.snapshot.index.click_url(creative)) is not None:
            return address
        await asyncio.sleep(0.1)
    return None


async def count_click(context: Context, scope: Scope, event: Reported, text: str) -> None:
    """Count the click that a token's text reports. Where neither Redis nor the journal takes it, the reader goes on and
    a metric tells."""
    with suppress(Unavailable):
        await record_for_good(context, sender_of(context, scope, headers_of(scope)), event, text, time.time())
