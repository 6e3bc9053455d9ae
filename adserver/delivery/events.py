"""`POST /v1/events` and `GET /v1/i/{token}.gif`: what browsers report."""

import time
from base64 import b64decode
from functools import lru_cache

from adserver.counting.commit import Unavailable
from adserver.counting.compiled import read_line
from adserver.counting.events import EventKind
from adserver.counting.reported import Reported
from adserver.delivery.ads import error_response
from adserver.delivery.context import Context
from adserver.delivery.http import (
    NO_STORE,
    RETRY_AFTER,
    BadRequest,
    Done,
    Header,
    Receive,
    Response,
    Scope,
    TooLarge,
    answer_of,
    headers_of,
    read_body,
)
from adserver.delivery.record import record, record_for_good, sender_of

BODY_LIMIT = 16 * 1024
LINE_LIMIT = 64
EXPOSE_RETRY_AFTER: Header = (b"access-control-expose-headers", b"retry-after")

# The smallest GIF: one transparent pixel.
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


async def events(context: Context, scope: Scope, receive: Receive) -> Response:
    """Answer as `begin_events` does."""
    body = await read_body(receive, BODY_LIMIT)
    return await answer_of(lambda done: begin_events(context, scope, body, done))


def begin_events(context: Context, scope: Scope, body: bytes, done: Done) -> None:
    """Answer 204 once every event is durable in Redis, whether it was counted or refused; 503 when it could not be
    known to be: sending it again is safe. A forged token gets no other answer than a good one."""
    headers = headers_of(scope)
    cors = context.cors(headers)

    def finish(is_durable: bool) -> None:
        done(durable(cors) if is_durable else unavailable(cors))

    record(context, sender_of(context, scope, headers), read_events(context, body), time.time(), finish)


# The answers differ by the page's origin.
@lru_cache(maxsize=1024)
def durable(cors: tuple[Header, ...]) -> Response:
    """Return the answer to events that are durable."""
    return Response(204, (NO_STORE, *cors))


def unavailable(cors: tuple[Header, ...]) -> Response:
    """Return the answer to events that may not be."""
    retry = (RETRY_AFTER, EXPOSE_RETRY_AFTER)
    return error_response(503, "unavailable", "counting is unavailable, send it again", (*retry, *cors))


async def pixel(context: Context, scope: Scope, token: str) -> Response:
    """Count an impression without scripts, while Redis is away by the journal. The image comes whatever the token is;
    503 where the impression could not be kept."""
    event = Reported(EventKind.IMPRESSION, context.keys.read(token))
    try:
        await record_for_good(context, sender_of(context, scope, headers_of(scope)), event, token, time.time())
    except Unavailable:
        return Response(503, (NO_STORE, RETRY_AFTER))
    return pixel_response()


def pixel_response() -> Response:
    """Return the 1×1 image, never cached."""
    return Response(200, ((b"content-type", b"image/gif"), NO_STORE), PIXEL)


def read_events(context: Context, body: bytes) -> list[Reported]:
    """Read lines of `<type> <token>`. Unreadable lines are skipped. Raises BadRequest where none is
    readable or the body is too large."""
    if len(body) > BODY_LIMIT:
        raise TooLarge(f"the body is above {BODY_LIMIT} bytes")
    # Most are of one line.
    lines = [line for line in map(bytes.strip, body.split(b"\n")) if line] if b"\n" in body else [body.strip()]
    if len(lines) > LINE_LIMIT:
        raise BadRequest(f"more than {LINE_LIMIT} lines")
    reported: list[Reported] = []
    for line in lines:
        event = read_line(context.keys, line)
        if event is not None:
            reported.append(event)
    if not reported:
        raise BadRequest("no line reads <type> <token>")
    return reported
