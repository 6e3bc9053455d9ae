"""What is compiled answers and counts beacons as Python does."""

import asyncio
import os
import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from uvicorn.server import ServerState

from adserver.counting.batch import Done
from adserver.counting.commit import GroupCommit
from adserver.counting.counter import SECONDS_AN_HOUR, ad_of, audience_of, field_of, refreshed_audience
from adserver.counting.events import EventKind, Metric
from adserver.counting.lane import Argument
from adserver.counting.readers import Reader
from adserver.counting.token import AdToken, Issuer, TokenKeys, ViewToken
from adserver.counting.velocity import Velocity, read_limits
from adserver.delivery.compiled import beacons
from adserver.delivery.context import Context
from adserver.delivery.device import Device
from adserver.delivery.events import LINE_LIMIT
from adserver.delivery.hot import HotAddresses
from adserver.delivery.protocol import HotProtocol
from adserver.metrics import WebMetrics
from adserver.settings import Settings, read_settings
from tests.delivery.conftest import BROWSER, behind

HAS_COMPILED = beacons is not None or os.environ.get("CI")
pytestmark = pytest.mark.skipif(not HAS_COMPILED, reason="was installed without a C compiler")

KEYS = TokenKeys("n" * 32, previous="s" * 32)
AGENT = BROWSER["user-agent"].encode()
SETTINGS = {
    "ADSERVER_DATABASE_URL": "postgres://x/x",
    "ADSERVER_REDIS_URL": "redis://x",
    "ADSERVER_SECRET_KEY": "n" * 32,
    "ADSERVER_BOT_HEADER": "x-bot",
}
PLAIN, PROXIED = read_settings(SETTINGS), read_settings(SETTINGS | {"ADSERVER_TRUSTED_PROXIES": "9.9.9.0/24"})
NOW = int(time.time())

audiences = st.sampled_from((audience_of, refreshed_audience))
subjects = st.builds(
    lambda slot, creative, audience, city: ad_of(slot, creative) + audience(Device.MOBILE, city),
    *(st.integers(1, 2), st.integers(1, 2), audiences, st.sampled_from(("", "Antalya"))),
)
plain_tokens = st.builds(
    lambda issuer, sequence, subject: KEYS.sign_ad(AdToken(16 * issuer + 3, sequence, NOW, subject)),
    *(st.integers(0, 1), st.sampled_from((0, 1, 65_535, 65_536, 2**32 - 1)), subjects),
)
odd_tokens = st.sampled_from(
    [
        "",
        "forged",
        KEYS.sign_ad(AdToken(4, 1, NOW, b"another.."))[:-1] + "B",
        KEYS.sign_ad(AdToken(4, 1, NOW, b"shard....")),
        KEYS.sign_ad(AdToken(3, 1, NOW - 4000, b"expired..")),
        KEYS.sign_ad(AdToken(3, 1, NOW + 9000, b"early....")),
        TokenKeys("s" * 32).sign_ad(AdToken(3, 2, NOW, b"former...")),
        KEYS.sign_view(ViewToken(3, 1, NOW, 1, "66")),
    ]
)
plain_kinds = st.sampled_from(("impression", "viewable", "click"))
plain_lines = st.builds("{} {}".format, plain_kinds, plain_tokens)
odd_lines = st.builds("{} {}".format, st.sampled_from((*EventKind, "seen")), plain_tokens | odd_tokens)
blanks = st.sampled_from(("", " ", "\t\r", "\x0b", "\x1c"))
ends = st.sampled_from(("\n", "\r\n", "\n\n", "\n \n"))


def body_of(lines: Sequence[str], blank: str, end: str) -> bytes:
    return (blank + (blank + end).join(lines) + blank).encode()


plain_bodies = st.builds(body_of, st.lists(plain_lines, min_size=1, max_size=4), st.just(""), ends)
odd_bodies = st.builds(body_of, st.lists(plain_lines | odd_lines, max_size=4), blanks, ends)
plain_headers = st.fixed_dictionaries(
    {b"user-agent": st.just(AGENT), b"host": st.just(b"a.example")},
    optional={
        b"origin": st.sampled_from((b"https://haber.example", b"https://b.example")),
        b"x-forwarded-for": st.sampled_from((b"8.8.8.8", b"1.2.3.4, 9.9.9.9", b"?")),
        b"x-bot": st.just(b"0"),
    },
)
odd_headers = st.dictionaries(
    st.sampled_from((b"user-agent", b"sec-purpose", b"x-moz", b"x-bot", b"origin", b"x-forwarded-for")),
    st.sampled_from((AGENT, b"Googlebot/2.1", b"", b"prefetch", b"no", b"a" * 1100)),
    max_size=2,
)
clients = st.sampled_from((("8.8.8.8", 1), ("9.9.9.9", 2), ("127.0.0.1", 3), None))
outcomes = st.lists(st.sampled_from("012"), min_size=1, max_size=3).map("".join) | st.none()


class Request(NamedTuple):
    client: tuple[str, int] | None
    headers: dict[bytes, bytes]
    body: bytes

    def written(self) -> bytes:
        headers = self.headers | {b"content-length": b"%d" % len(self.body)}
        lines = [b"%b: %b\r\n" % header for header in headers.items()]
        return b"POST /v1/events HTTP/1.1\r\n" + b"".join(lines) + b"\r\n" + self.body


class Round(NamedTuple):
    """Requests that come before a batch leaves, and the digits, over and over, that come of it; None where it fails."""

    requests: list[Request]
    outcome: str | None


requests = st.builds(Request, clients, plain_headers, plain_bodies)
odd_requests = st.builds(
    lambda client, headers, more, body: Request(client, headers | more, body),
    *(clients, plain_headers, odd_headers, odd_bodies | plain_bodies),
)
rounds = st.lists(st.builds(Round, st.lists(requests | odd_requests, max_size=4), outcomes), max_size=3)


class Transport:
    def __init__(self, client: tuple[str, int] | None) -> None:
        self.client, self.written, self.is_closed = client, b"", False

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self.client if name == "peername" else default

    def write(self, data: bytes) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True


class Recorded:
    """Batches as they were to be sent; with `outcome` None each fails."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[bytes], list[Argument]]] = []
        self.waiting: list[tuple[Done, bytes]] = []
        self.outcome: str | None = None

    def begin(self, keys: Sequence[bytes], arguments: Sequence[Argument], done: Done) -> bool:
        number, _, *rest = arguments
        self.calls.append((list(keys), [number, *rest]))
        if self.outcome is None:
            raise RuntimeError("as it was told to")
        _, sorts, *rest = rest
        ads, views = rest[3 * sorts : 3 * sorts + 2]
        self.waiting.append((done, (self.outcome * 999)[: len(ads) // 16 + views].encode()))
        return True

    def end(self) -> None:
        waiting, self.waiting = self.waiting, []
        for done, outcome in waiting:
            done(outcome)


class Readers:
    def is_prepared(self, now: object) -> bool:
        return True

    def reader(self, *who: object) -> Reader:
        return Reader(b"name", b"mark", None)


class Service:
    """A worker's hot addresses without servers."""

    def __init__(self, settings: Settings, *, is_compiled: bool) -> None:
        self.commit, self.recorded = GroupCommit(Redis(), 5, 4000), Recorded()
        self.commit._commit = self.recorded
        self.metrics = WebMetrics(CollectorRegistry())
        nothing: Any = None
        self.context = Context(
            settings=settings, keys=KEYS, issuer=Issuer(lambda: 5), redis=nothing, commit=self.commit, journal=nothing,
            velocity=Velocity(read_limits("impression 2/60, click 1/60")), readers=Readers(),  # type: ignore[arg-type]
            pool=nothing, views=nothing, metrics=self.metrics,
        )  # fmt: skip
        self.context.snapshot = SimpleNamespace(domains=frozenset(["haber.example"]), zones={})  # type: ignore[assignment]
        self.hot = HotAddresses(behind)
        self.hot.context = self.context
        if not is_compiled:
            self.hot.beacons = None
        config = uvicorn.Config(self.hot, http=HotProtocol, lifespan="off", log_config=None, access_log=False)
        config.load()
        config.loaded_app = self.hot
        self.config, self.state = config, ServerState()
        self.state.default_headers = [(b"date", b"today")]

    def connect(self, client: tuple[str, int] | None) -> HotProtocol:
        protocol = HotProtocol(self.config, self.state, {})
        protocol.connection_made(Transport(client))  # type: ignore[arg-type]
        return protocol

    async def run(self, rounds: Sequence[Round]) -> object:
        """Return all that came of requests, each on a connection of its own."""
        written = []
        for requests, outcome in rounds:
            self.recorded.outcome = outcome
            connections = [self.connect(request.client) for request in requests]
            for connection, request in zip(connections, requests, strict=True):
                connection.data_received(request.written())
            await asyncio.sleep(0)
            self.recorded.end()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            written += [(one.transport.written, one.cycle.response_complete) for one in connections]
        self.metrics.publish()
        counted = {
            (name, *sample.labels.values()): sample.value
            for name in ("events", "responses")
            for metric in getattr(self.metrics, name).collect()
            for sample in metric.samples
            if sample.name.endswith("_total") and sample.value
        }
        waiting = [(shard.amounts, shard._queued) for shard in self.commit._shards.values()]
        return written, self.recorded.calls, counted, waiting


async def both(settings: Settings, rounds: Sequence[Round]) -> list[object]:
    return [await Service(settings, is_compiled=is_compiled).run(rounds) for is_compiled in (True, False)]


@settings(deadline=None, max_examples=300)
@given(st.sampled_from((PLAIN, PROXIED)), rounds)
def test_beacons_come_to_the_same(settings: Settings, rounds: Sequence[Round]) -> None:
    compiled, in_python = asyncio.run(both(settings, rounds))
    assert compiled == in_python


def begun(client: tuple[str, int] | None, headers: dict[bytes, bytes], body: bytes) -> bool:
    """Say whether the beacon is begun after a plain one of the same sender."""

    async def begin() -> bool:
        service = Service(PLAIN, is_compiled=True)
        assert service.hot.beacons is not None
        service.hot.beacons.begin(service.connect(client), {b"user-agent": AGENT}, LINE)
        return service.hot.beacons.begin(service.connect(client), headers, body)

    return asyncio.run(begin())


@settings(deadline=None)
@given(clients, plain_headers, plain_bodies)
def test_plain_beacons_are_begun(client: tuple[str, int] | None, headers: dict[bytes, bytes], body: bytes) -> None:
    assert begun(client, headers, body)


LINE = b"impression " + KEYS.sign_ad(AdToken(3, 1, NOW, b"subject..")).encode()
ODD = {
    "no line": ({}, b""),
    "an unknown kind": ({}, b"seen x\n" + LINE),
    "a forged token": ({}, LINE + b"A"),
    "another shard": ({}, LINE + b"\nclick " + KEYS.sign_ad(AdToken(4, 1, NOW, b"subject..")).encode()),
    "an expired token": ({}, b"click " + KEYS.sign_ad(AdToken(3, 1, NOW - 3700, b"subject..")).encode()),
    "a token of the future": ({}, b"click " + KEYS.sign_ad(AdToken(3, 1, NOW + 9000, b"subject..")).encode()),
    "an article's token": ({}, b"click " + KEYS.sign_view(ViewToken(3, 1, NOW, 1, "66")).encode()),
    "an article's view": ({}, b"view " + KEYS.sign_view(ViewToken(3, 1, NOW, 1, "66")).encode()),
    "too many lines": ({}, b"\n".join([LINE] * (LINE_LIMIT + 1))),
    "a robot": ({b"user-agent": b"Googlebot/2.1"}, LINE),
    "a blank user agent": ({b"user-agent": b""}, LINE),
    "a long user agent": ({b"user-agent": b"a" * 1025}, LINE),
    "prefetching": ({b"purpose": b"prefetch"}, LINE),
    "what the proxy says is a robot": ({b"x-bot": b"1"}, LINE),
    "a long way": ({b"x-forwarded-for": b"1.1.1.1," * 200}, LINE),
}


@pytest.mark.parametrize(("headers", "body"), ODD.values(), ids=ODD)
def test_other_beacons_are_left_to_python(headers: dict[bytes, bytes], body: bytes) -> None:
    assert not begun(None, {b"user-agent": AGENT} | headers, body)


def test_as_many_lines_as_are_read_are_plain() -> None:
    assert begun(None, {b"user-agent": AGENT}, b"\n".join([LINE] * LINE_LIMIT))


def test_events_are_counted_in_the_hour_in_which_they_come() -> None:
    end = NOW // SECONDS_AN_HOUR * SECONDS_AN_HOUR
    line = b"impression " + KEYS.sign_ad(AdToken(3, 1, end - 100, b"subject..")).encode()

    async def sorts_of(times: Sequence[float]) -> list[Argument]:
        service, clock = Service(PLAIN, is_compiled=True), iter(times)
        service.recorded.outcome = "0"
        service.hot.beacons = beacons.Beacons(service.hot, lambda: next(clock))
        for _ in times:
            service.connect(None).data_received(Request(None, {b"user-agent": AGENT}, line).written())
        await asyncio.sleep(0)
        [(_, arguments)] = service.recorded.calls
        return arguments[3:9:3]  # after batch number, seconds, how many sorts

    before, after = (field_of(Metric.IMPRESSION, None, end // SECONDS_AN_HOUR - past, b"subject..") for past in (1, 0))
    assert asyncio.run(sorts_of([end - 0.1, end])) == [before, after]
    assert asyncio.run(sorts_of([end, end - 0.1])) == [after, before]


async def test_a_failure_is_answered_and_the_connection_goes_on() -> None:
    service = Service(PLAIN, is_compiled=True)
    connection = service.connect(None)
    service.commit.shard = lambda number: 1 / 0  # type: ignore[assignment, method-assign, return-value]
    for _ in range(2):
        connection.data_received(Request(None, {b"user-agent": AGENT}, LINE).written())
        await asyncio.sleep(0)
    assert connection.transport.written.count(b"HTTP/1.1 500 ") == 2
    assert not connection.transport.is_closed
