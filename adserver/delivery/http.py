"""The little of HTTP that the hot addresses need: a request read, a response sent, no framework between."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

_FORBIDDEN = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")

QUERY_LIMIT = 8 * 1024
FIELD_LIMIT = 600
USER_AGENT_BYTES = 1024

RETRY_AFTER: Header = (b"retry-after", b"2")
CLOSE: Header = (b"connection", b"close")
NO_STORE: Header = (b"cache-control", b"no-store")
TEXT: Header = (b"content-type", b"text/plain; charset=utf-8")
JSON: Header = (b"content-type", b"application/json")
HTML: Header = (b"content-type", b"text/html; charset=utf-8")
NOSNIFF: Header = (b"x-content-type-options", b"nosniff")


class Response(NamedTuple):
    status: int
    headers: tuple[Header, ...] = ()
    body: bytes = b""


Done = Callable[[Response], None]


class BadRequest(Exception):
    """The client's fault; the text is told to it."""


class TooLarge(BadRequest):
    """The body is above the limit."""


async def send_response(send: Send, response: Response, is_head: bool = False) -> None:
    """Send the response with its length; without the body for HEAD."""
    length = (b"content-length", str(len(response.body)).encode())
    headers = response.headers if response.status == 204 else (*response.headers, length)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else response.body})


async def read_body(receive: Receive, limit: int) -> bytes:
    """Return the whole body. Raises TooLarge above `limit` bytes; what follows is not read."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("the body ended early")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLarge(f"the body is above {limit} bytes")
        parts.append(part)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def answer_of(begin: Callable[[Done], None]) -> Response:
    """Return the answer to a request that is begun here and may end later."""
    answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
    begin(lambda response: None if answer.done() else answer.set_result(response))
    return await answer


def lines_of(headers: Collection[Header]) -> bytes:
    """Return headers as they stand in an answer. Raises ValueError for one that would end early."""
    for header in headers:
        if any(map(_FORBIDDEN.search, header)):
            raise ValueError(f"not a header: {header!r}")
    return b"".join(b"%b: %b\r\n" % header for header in headers)


def location(address: str) -> Header:
    """Return the header that sends a browser to an address, which may have letters beyond ASCII in its host (RFC 3490)
    and behind it (RFC 3987)."""
    return (b"location", (address if address.isascii() else _in_ascii(address)).encode())


def _in_ascii(address: str) -> str:
    parts = urlsplit(address)
    with suppress(UnicodeError):  # no name of a host: browsers get it as the rest
        parts = parts._replace(netloc=parts.netloc.encode("idna").decode())
    return _NOT_ASCII.sub(lambda found: quote(found[0]), urlunsplit(parts))


def headers_of(scope: Scope) -> Mapping[bytes, bytes]:
    """Return the headers by lower-case name; of a repeated one the last."""
    headers = scope["headers"]
    return headers if isinstance(headers, dict) else dict(headers)


def user_agent_of(headers: Mapping[bytes, bytes]) -> bytes:
    """Return the user agent; what is beyond a kilobyte nobody looks at, and nobody's memory is to hold."""
    return headers.get(b"user-agent", b"")[:USER_AGENT_BYTES]


def query_of(scope: Scope) -> list[tuple[str, str]]:
    """Return the query's pairs in order. Raises BadRequest as `check_query` and `read_field` do."""
    query = check_query(scope["query_string"])
    return [read_field(pair) for pair in query.split(b"&")] if query else []


def check_query(query: bytes) -> bytes:
    """Return the query. Raises BadRequest above 8 KB or 200 fields."""
    if len(query) > QUERY_LIMIT:
        raise BadRequest(f"the query is above {QUERY_LIMIT} bytes")
    if query.count(b"&") >= FIELD_LIMIT:
        raise BadRequest(f"the query has more than {FIELD_LIMIT} fields")
    return query


def read_field(pair: bytes) -> tuple[str, str]:
    """Return the name and the value of a query's field. Raises BadRequest where they are not UTF-8."""
    name, _, value = pair.decode("latin-1").partition("=")
    try:
        return _decoded(name), _decoded(value)
    except UnicodeDecodeError:
        raise BadRequest("the query is not UTF-8") from None


def _decoded(text: str) -> str:
    if "%" in text or "+" in text or not text.isascii():
        return unquote_plus(text.encode("latin-1").decode("utf-8"), errors="strict")
    return text
