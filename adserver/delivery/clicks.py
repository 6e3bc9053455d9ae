"""`GET /v1/c/{token}`: to the advertiser's page, counted on the way."""

import logging
import time

from adserver.counting.commit import Unavailable
from adserver.counting.events import EventKind
from adserver.counting.token import AdToken
from adserver.delivery.ads import error_response
from adserver.delivery.context import Context
from adserver.delivery.http import NO_STORE, Header, Response, Scope
from adserver.delivery.record import Reported, record
from adserver.inventory.model import CreativeId

logger = logging.getLogger(__name__)

NO_REFERRER_PATH: Header = (b"referrer-policy", b"strict-origin-when-cross-origin")
NO_INDEX: Header = (b"x-robots-tag", b"noindex, nofollow")


async def click(context: Context, scope: Scope, text: str) -> Response:
    """Redirect to the creative's address, which comes from our inventory alone: there is no open redirect.

    The reader is sent on also when the token has expired, when the click is refused, and while Redis is away.
    """
    token = context.keys.read(text)
    if not isinstance(token, AdToken):
        return error_response(404, "unknown-token", "this address is not one of ours")
    address = context.snapshot.index.click_url(CreativeId(token.creative_id)) if context.snapshot else None
    if address is None:
        return error_response(404, "unknown-creative", "the creative of this address is not known here")
    if scope["method"] != "HEAD":
        await _count(context, scope, token)
    return Response(302, ((b"location", address.encode("ascii", "ignore")), NO_STORE, NO_REFERRER_PATH, NO_INDEX))


async def _count(context: Context, scope: Scope, token: AdToken) -> None:
    try:
        await record(context, scope, [Reported(EventKind.CLICK, token)], time.time())
    except Unavailable:
        context.metrics.events.labels(EventKind.CLICK.value, "unavailable").inc()
