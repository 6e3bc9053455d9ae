"""The public addresses, in front of everything else: a path is looked up once and answered."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from adserver.delivery import files, health
from adserver.delivery.ads import ads, error_response
from adserver.delivery.clicks import click
from adserver.delivery.compiled import beacons
from adserver.delivery.context import Context
from adserver.delivery.creatives import creative
from adserver.delivery.events import begin_events, events, pixel
from adserver.delivery.http import (
    CLOSE,
    BadRequest,
    Done,
    Header,
    Receive,
    Response,
    Scope,
    Send,
    TooLarge,
    answer_of,
    headers_of,
    lines_of,
    send_response,
)
from adserver.delivery.outbox import Outbox
from adserver.delivery.slots import slot
from adserver.delivery.views import WRITTEN, begin_ads_with_counts, views

logger = logging.getLogger(__name__)

App = Callable[[Scope, Receive, Send], Awaitable[None]]
Handler = Callable[[Context, Scope, Receive, str], Awaitable[Response]]

READS = ("GET", "HEAD")


class Address(NamedTuple):
    """A public address: its name in metrics, what answers it (given the rest of the path), the methods it takes."""

    name: str
    handler: Handler
    methods: tuple[str, ...] = READS


class AtOnce(NamedTuple):
    """An address that is answered without a task, at once."""

    name: str
    method: bytes
    answer: Callable[[Context, Scope, float], Response]


class Later(NamedTuple):
    """An address that is answered without a task, when `done` is called with its answer."""

    name: str
    method: bytes
    begin: Callable[[Context, Scope, bytes, Done], None]


ShortWay = AtOnce | Later


class HotAddresses:
    """An ASGI application that answers the public addresses and hands everything else to `behind`.

    `context` is set by the lifespan of `behind`, before the first request.
    """

    context: Context

    def __init__(self, behind: App) -> None:
        self._behind = behind
        self.outbox = Outbox()
        self.beacons = None if beacons is None else beacons.Beacons(self)
        self._of_all: Sequence[Header] = ()
        self._lines_of_all = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        address, rest = address_of(scope["path"]) if scope["type"] == "http" else (None, "")
        if address is None:
            await self._behind(scope, receive, send)
            return
        metrics = self.context.metrics
        started = time.perf_counter() if metrics.is_timed() else None
        response = await _answer(self.context, address, rest, scope, receive)
        await send_response(send, response, scope["method"] == "HEAD")
        metrics.answered(address.name, response.status, started)

    def lines_of_all(self, headers: Sequence[Header]) -> bytes:
        """Return the headers that all answers have: the same list for a second, as the time is one."""
        if headers is not self._of_all:
            self._of_all, self._lines_of_all = headers, lines_of(headers)
        return self._lines_of_all

    def answer(self, way: AtOnce, scope: Scope) -> Response:
        """Answer a request by its short way; `scope` has what handlers read of it."""
        metrics = self.context.metrics
        started = time.perf_counter() if metrics.is_timed() else None
        try:
            response = way.answer(self.context, scope, time.time())
        except Exception as error:
            response = _fault_response(self.context, way.name, scope, error)
        metrics.answered(way.name, response.status, started)
        return response

    def answer_fault(self, name: str, scope: Scope, fault: Exception) -> Response:
        """Answer a request of the address with this name that failed."""
        response = _fault_response(self.context, name, scope, fault)
        self.context.metrics.answered(name, response.status, None)
        return response

    def begin(self, way: Later, scope: Scope, body: bytes, done: Done) -> None:
        """Begin to answer a request by its short way; `scope` has what handlers read of it. `done` is called once."""
        metrics = self.context.metrics
        started = time.perf_counter() if metrics.is_timed() else None

        is_answered = False

        def finish(response: Response) -> None:
            nonlocal is_answered
            if is_answered:
                # On the wire it would be the next request's answer.
                logger.error("%s was answered twice", way.name)
                return
            is_answered = True
            metrics.answered(way.name, response.status, started)
            done(response)

        try:
            way.begin(self.context, scope, body, finish)
        except Exception as error:
            finish(_fault_response(self.context, way.name, scope, error))


async def _ads(context: Context, scope: Scope, receive: Receive, rest: str) -> Response:
    if WRITTEN not in scope["query_string"]:
        return ads(context, scope, time.time())
    return await answer_of(lambda done: begin_ads_with_counts(context, scope, b"", done))


async def _events(context: Context, scope: Scope, receive: Receive, rest: str) -> Response:
    return await events(context, scope, receive)


async def _click(context: Context, scope: Scope, receive: Receive, rest: str) -> Response:
    return await click(context, scope, rest)


async def _pixel(context: Context, scope: Scope, receive: Receive, rest: str) -> Response:
    return await pixel(context, scope, rest.removesuffix(".gif"))


async def _creative(context: Context, scope: Scope, receive: Receive, rest: str) -> Response:
    return creative(context, scope, rest)


async def _slot(context: Context, scope: Scope, receive: Receive, rest: str) -> Response:
    return await slot(context, scope, rest)


async def _views(context: Context, scope: Scope, receive: Receive, rest: str) -> Response:
    return await views(context, scope, rest)


async def _asset(context: Context, scope: Scope, receive: Receive, rest: str) -> Response:
    return await files.asset(context, rest)


async def _tag(context: Context, scope: Scope, receive: Receive, rest: str) -> Response:
    return files.tag(scope)


async def _ads_txt(context: Context, scope: Scope, receive: Receive, rest: str) -> Response:
    return files.ads_txt(context, scope)


async def _live(context: Context, scope: Scope, receive: Receive, rest: str) -> Response:
    return health.live()


async def _ready(context: Context, scope: Scope, receive: Receive, rest: str) -> Response:
    return await health.ready(context)


async def _metrics(context: Context, scope: Scope, receive: Receive, rest: str) -> Response:
    return await health.metrics(context)


_WHOLE_PATHS = {
    "/v1/ads": Address("ads", _ads),
    "/v1/events": Address("events", _events, ("POST",)),
    "/tag.js": Address("tag", _tag),
    "/ads.txt": Address("ads_txt", _ads_txt),
    "/live": Address("live", _live),
    "/ready": Address("ready", _ready),
    "/metrics": Address("metrics", _metrics),
}
_PREFIXES = {
    "/v1/c/": Address("click", _click),
    "/v1/i/": Address("pixel", _pixel),
    "/v1/f/": Address("creative", _creative),
    "/v1/slots/": Address("slot", _slot),
    "/v1/views/": Address("views", _views),
    "/a/": Address("asset", _asset),
}


EVENTS = Later("events", b"POST", begin_events)
ADS = AtOnce("ads", b"GET", ads)
ADS_WITH_COUNTS = Later("ads", b"GET", begin_ads_with_counts)
SHORT_WAYS: Mapping[bytes, ShortWay] = {b"/v1/ads": ADS, b"/v1/events": EVENTS}


def address_of(path: str) -> tuple[Address | None, str]:
    """Return the public address that a path belongs to, and what follows its prefix."""
    address = _WHOLE_PATHS.get(path)
    if address is not None:
        return address, ""
    for prefix, prefixed in _PREFIXES.items():
        if path.startswith(prefix):
            return prefixed, path[len(prefix) :]
    return None, ""


async def _answer(context: Context, address: Address, rest: str, scope: Scope, receive: Receive) -> Response:
    if scope["method"] not in address.methods:
        allow = ", ".join(address.methods)
        return error_response(405, "method", f"this address takes {allow}", ((b"allow", allow.encode()),))
    try:
        return await address.handler(context, scope, receive, rest)
    except Exception as error:
        return _fault_response(context, address.name, scope, error)


def _fault_response(context: Context, name: str, scope: Scope, fault: Exception) -> Response:
    if isinstance(fault, TooLarge):
        # What follows of the body is not read, so the connection cannot be used again.
        return error_response(400, "too-large", str(fault), (CLOSE, *context.cors(headers_of(scope))))
    if isinstance(fault, BadRequest):
        return error_response(400, "bad-request", str(fault), context.cors(headers_of(scope)))
    logger.error("%s failed", name, exc_info=fault)
    return error_response(500, "internal", "the server failed on this request")
