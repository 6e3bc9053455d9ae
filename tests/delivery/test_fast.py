"""What is compiled reads requests as uvicorn's parser does, and queries as Python does."""

import os
from urllib.parse import quote

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adserver.delivery.ask import KEY_VALUE_LIMIT, Piece, learn, sort_in_python
from adserver.delivery.compiled import fast
from adserver.delivery.events import BODY_LIMIT

pytestmark = pytest.mark.skipif(fast is None and not os.environ.get("CI"), reason="was installed without a C compiler")

HEAD = b"GET /v1/ads?site=a&x=%20 HTTP/1.1\r\n"
PLAIN = [
    *(b"Host: a.example\r\n", b"USER-agent:\tM o/5 \xe7\r\n", b"Origin:\r\n", b"host: b\r\n"),
    b"Connection: Keep-Alive\r\n",
]
ODD = [
    *(b"Content-Length: 2\r\n", b"Connection: close\r\n", b"Expect: 100-continue\r\n", b"Upgrade: h2c\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b" folded\r\n", b"no colon\r\n", b": empty\r\n", b"a b: c\r\n", b"x!y: z\r\n"),
    *(b"x: a\0b\r\n", b"x: a \r\n", b"x: a\t\r\n", b"x: a\rb\r\n", b"x: a\n", b"\r\n", b"GET / HTTP/1.1\r\n"),
]
STARTS = [HEAD, b"GET / HTTP/1.1\r\n", b"GET /?? HTTP/1.1\r\n", b"POST /v1/events HTTP/1.1\r\n"]
ODD_STARTS = [
    *(b"GET /a HTTP/1.0\r\n", b"GET a HTTP/1.1\r\n", b"HEAD / HTTP/1.1\r\n", b"GET  / HTTP/1.1\r\n"),
    *(b"GET /#a HTTP/1.1\r\n", b"GET /\xff HTTP/1.1\r\n", b"GET / HTTP/1.1\n", b"get / HTTP/1.1\r\n"),
    b"\r\nGET / HTTP/1.1\r\n",
]


class Parsed:
    """A request as uvicorn's parser tells it."""

    def __init__(self, data: bytes) -> None:
        self.url, self.body, self.headers, self.completed = b"", b"", {}, 0
        parser = httptools.HttpRequestParser(self)
        parser.feed_data(data)
        self.method, self.version, self.stays = (
            parser.get_method(),
            parser.get_http_version(),
            parser.should_keep_alive(),
        )

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.completed += 1


@given(st.sampled_from(STARTS), st.lists(st.sampled_from(PLAIN), max_size=4), st.binary(max_size=9))
def test_a_plain_request_is_read_as_the_parser_reads_it(start: bytes, headers: list[bytes], body: bytes) -> None:
    length = b"Content-length: %d\r\n" % len(body) if start.startswith(b"POST") or body else b""
    data = start + b"".join(headers) + length + b"\r\n" + body
    parsed = Parsed(data)
    path, _, query = parsed.url.partition(b"?")
    assert fast.read_request(data, BODY_LIMIT) == (parsed.method, path, query, parsed.headers, parsed.body)


@given(
    st.sampled_from(STARTS + ODD_STARTS),
    st.lists(st.sampled_from(PLAIN + ODD), max_size=5),
    st.sampled_from((b"\r\n", b"\r\n", b"\r\nab", b"\n", b"")),
    st.integers(0, 3),
)
@example(HEAD, [b"Content-Length: 2\r\n", b"Content-Length: 2\r\n"], b"\r\nab", 0)
def test_what_is_read_the_parser_reads_alike(start: bytes, headers: list[bytes], end: bytes, cut: int) -> None:
    data = start + b"".join(headers) + end
    data = data[: len(data) - cut]
    read = fast.read_request(data, BODY_LIMIT)
    if read is not None:
        parsed = Parsed(data)
        path, _, query = parsed.url.partition(b"?")
        assert read == (parsed.method, path, query, parsed.headers, parsed.body)
        assert (parsed.completed, parsed.version, parsed.stays) == (1, "1.1", True)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_left_to_the_parser(data: bytes) -> None:
    fast.read_request(data, BODY_LIMIT)
    fast.read_request(HEAD + data, BODY_LIMIT)


@pytest.mark.parametrize("header", ODD, ids=lambda header: header.decode("latin-1").strip())
def test_what_is_not_plain_is_left_to_the_parser(header: bytes) -> None:
    assert fast.read_request(HEAD + header + b"\r\n", BODY_LIMIT) is None


@pytest.mark.parametrize("start", ODD_STARTS, ids=lambda start: start.decode("latin-1").strip())
def test_a_request_line_that_is_not_plain_is_left_to_the_parser(start: bytes) -> None:
    assert fast.read_request(start + b"Host: a\r\n\r\n", BODY_LIMIT) is None


@pytest.mark.parametrize("length", [b"", b"Content-Length: 3\r\n", b"Content-Length: 1\r\n", b"Content-Length: +2\r\n"])
def test_a_body_of_another_length_is_left_to_the_parser(length: bytes) -> None:
    assert fast.read_request(b"POST / HTTP/1.1\r\n" + length + b"\r\nab", BODY_LIMIT) is None


def test_a_body_above_the_limit_is_left_to_the_parser() -> None:
    request = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd"
    assert [fast.read_request(request, limit) is None for limit in (3, 4)] == [True, False]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6).map(quote)
names = st.sampled_from(("site", "slots", "page", "kv.city", "kv.city", "kv.tag", "top.kv.city", "kv.a.kv.b"))
pieces = st.builds("{}={}".format, names, texts) | st.sampled_from(("w=390", "w=0", "", "page", "kv.a="))
queries = st.lists(pieces, max_size=8).map("&".join)


@given(queries, st.dictionaries(st.sampled_from(("city", "os")), st.just(("told",))))
@example("&&kv.city=a&&kv.city=&kv.city=b&", {"city": ("c",)})
def test_a_query_is_sorted_alike(query: str, told: dict[str, tuple[str, ...]]) -> None:
    known: dict[bytes, Piece] = {}
    for asked in (query, "&".join([query] * KEY_VALUE_LIMIT)):
        expected = sort_in_python(asked.encode(), {}, learn, told)
        assert fast.sort_query(asked.encode(), known, learn, told) == expected
