"""uvicorn's HTTP protocol, with a short way to the hottest addresses: no task, no scope, no messages between.

Creating these costs as much as deciding a page. All else takes uvicorn's way: requests for other addresses, HTTP/1.0,
`Connection: close`, `Expect`, a request that comes before the last one is answered, and a client that does not read.
"""

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from adserver.delivery.compiled import fast
from adserver.delivery.events import BODY_LIMIT
from adserver.delivery.hot import ADS, ADS_WITH_COUNTS, EVENTS, SHORT_WAYS, AtOnce, HotAddresses, ShortWay
from adserver.delivery.http import CLOSE, Header, Response, lines_of
from adserver.delivery.views import WRITTEN


class _Cycle:
    """Stands where uvicorn keeps the request that is being answered; one a connection, used again and again."""

    __slots__ = ("body", "disconnected", "keep_alive", "message_event", "response_complete", "unsent")

    def __init__(self) -> None:
        self.body = b""
        self.disconnected = False
        self.keep_alive = True
        self.message_event = asyncio.Event()
        self.response_complete = True
        self.unsent = b""


class HotProtocol(HttpToolsProtocol):
    """One connection. The application is a HotAddresses."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._hot = cast(HotAddresses, self.config.app)
        self.short = _Cycle()
        self._way: ShortWay | None = None
        self._query = b""
        self._is_reading = False
        self._idle_since = 0.0
        self._idle_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.short.unsent = b""
        if self._idle_timer is not None:
            self._idle_timer.cancel()

    # What uvicorn says or ends by itself comes after what was answered.

    def eof_received(self) -> None:
        self.write_unsent()

    def shutdown(self) -> None:
        self.write_unsent()
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        self.write_unsent()
        super().send_400_response(msg)

    def data_received(self, data: bytes) -> None:
        # What the parser has begun to read it must end.
        if fast is not None and not self._is_reading and self._is_idle():
            request = fast.read_request(data, BODY_LIMIT)
            if request is not None:
                method, path, query, headers, body = request
                way = SHORT_WAYS.get(path)
                if way is not None and way.method == method:
                    if self.timeout_keep_alive_task is not None:
                        self._unset_keepalive_if_required()
                    self.short.response_complete = False
                    self.cycle = cast(RequestResponseCycle, self.short)
                    beacons = self._hot.beacons
                    if way is not EVENTS or beacons is None or not beacons.begin(self, headers, body):
                        self._begin(way, query, headers, body)
                    return
        super().data_received(data)

    def _is_idle(self) -> bool:
        """Whether all requests before are answered, and the client takes its answers."""
        cycle = self.cycle
        return (cycle is None or cycle.response_complete) and not self.flow.write_paused

    # What the parser calls.

    def on_message_begin(self) -> None:
        # The scope is uvicorn's to make, once it is known to be needed.
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._is_reading = True

    def on_headers_complete(self) -> None:
        path, _, query = self.url.partition(b"?")
        way = SHORT_WAYS.get(path)
        if way is None or not self._is_short(way):
            self._way = None
            self._take_the_long_way()
            return
        self._way, self._query = way, query
        self.short.body = b""
        self.short.response_complete = False
        self.cycle = cast(RequestResponseCycle, self.short)

    def on_body(self, body: bytes) -> None:
        if self._way is None:
            super().on_body(body)
            return
        short = self.short
        short.body = short.body + body if short.body else body
        if len(short.body) > BODY_LIMIT:
            self._begin(
                self._way, self._query, dict(self.headers), self.short.body
            )  # its answer is a refusal, and ends the connection

    def on_message_complete(self) -> None:
        self._is_reading = False
        if self._way is None:
            super().on_message_complete()
        else:
            self._begin(self._way, self._query, dict(self.headers), self.short.body)

    # The short way.

    def _begin(self, way: ShortWay, query: bytes, headers: Mapping[bytes, bytes], body: bytes) -> None:
        self._way = None
        if way is ADS and WRITTEN in query:
            way = ADS_WITH_COUNTS
        scope = {"headers": headers, "query_string": query, "client": self.client, "scheme": self.scheme}
        if isinstance(way, AtOnce):
            self.answer(self._hot.answer(way, scope))
        else:
            self._hot.begin(way, scope, body, self.answer)

    def _is_short(self, way: ShortWay) -> bool:
        parser = self.parser
        return (
            parser.get_method() == way.method
            and parser.should_keep_alive()
            and parser.get_http_version() == "1.1"
            and not parser.should_upgrade()
            and not self.expect_100_continue
            and self._is_idle()
        )

    def _take_the_long_way(self) -> None:
        url, headers, is_expecting = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = url, headers, is_expecting
        self.scope["headers"] = headers
        super().on_headers_complete()

    def answer(self, response: Response) -> None:
        """Answer the request, at the end of the loop's turn."""
        short, transport = self.short, self.transport
        short.response_complete = True
        if short.disconnected or transport.is_closing():
            return
        written = self.written(response)
        if not short.unsent:
            self._hot.outbox.put(self)
        short.unsent += written
        self.server_state.total_requests += 1
        if not short.keep_alive:
            self.write_unsent()
            transport.close()
        elif self.pipeline:
            self.flow.resume_reading()
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._begin_idling()

    def written(self, response: Response) -> bytes:
        """Return the response as it is written; where it is the connection's last, it says so."""
        status, headers, body = response
        head, is_last = _head(status, headers)
        if is_last:
            self.short.keep_alive = False
        elif not self.short.keep_alive:
            head, _ = _head(status, (*headers, CLOSE))
        date = self._hot.lines_of_all(self.server_state.default_headers)
        length = b"" if status == 204 else b"content-length: %d\r\n" % len(body)
        return b"".join((head, date, length, b"\r\n", body))

    def answer_whole(self, whole: bytes) -> None:
        """Answer at once what is written already, on a connection that goes on, with nothing unsent or asked since."""
        self.short.response_complete = True
        if not self.transport.is_closing():
            self.transport.write(whole)
            self.server_state.total_requests += 1
            self._begin_idling()

    def write_unsent(self) -> None:
        """Write what was answered since the last time."""
        unsent, self.short.unsent = self.short.unsent, b""
        if unsent:
            self.transport.write(unsent)

    def _begin_idling(self) -> None:
        """Have the connection closed when no other request comes. One timer for many answers: arming it for each, as
        uvicorn does, costs a microsecond."""
        self._idle_since = self.loop.time()
        if self._idle_timer is None:
            self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._close_if_idle)

    def _close_if_idle(self) -> None:
        """Close the connection where its last answer is long ago."""
        self._idle_timer = None
        if self._is_reading or not self.cycle.response_complete:
            return  # its answer arms the timer again
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._idle_timer = self.loop.call_later(left, self._close_if_idle)
        else:
            self.transport.close()


@lru_cache(maxsize=4096)
def _head(status: int, headers: tuple[Header, ...]) -> tuple[bytes, bool]:
    """The status line and the headers, and whether the connection ends with the answer. Answers differ by their origin;
    those of a site's pages are few."""
    return STATUS_LINE[status] + lines_of(headers), CLOSE in headers
