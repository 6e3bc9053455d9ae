"""The short way over real sockets: what HTTP promises holds, whichever way a request takes."""

import asyncio
import json
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

import pytest
import uvicorn

from adserver.delivery.events import BODY_LIMIT
from adserver.delivery.hot import HotAddresses
from adserver.delivery.protocol import HotProtocol
from tests.delivery.conftest import BROWSER, Service, behind
from tests.waiting import PATIENCE_SECONDS, pass_time, until

AGENT = f"User-Agent: {BROWSER['user-agent']}"
ADS = f"GET /v1/ads?site=haber&slots=top HTTP/1.1\r\nHost: ads.example\r\n{AGENT}\r\n\r\n".encode()
KEEP_ALIVE_SECONDS = 10


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Client(NamedTuple):
    reader: StreamReader
    writer: StreamWriter

    async def answer(self, *, has_body: bool = True) -> Answer:
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            length = int(headers.get("content-length", "0")) if has_body else 0
            return Answer(int(head[0].split()[1]), headers, await self.reader.readexactly(length))

    async def ask(self, request: bytes) -> Answer:
        self.writer.write(request)
        return await self.answer()

    async def is_closed(self) -> bool:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.reader.read() == b""


class Running(NamedTuple):
    server: uvicorn.Server
    connect: Callable[[], Awaitable[Client]]


class QuietServer(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        pass


@pytest.fixture
async def running(service: Service) -> AsyncIterator[Running]:
    app = HotAddresses(behind)
    app.context = service.context
    config = uvicorn.Config(
        app, http=HotProtocol, lifespan="off", ws="none", log_config=None, access_log=False, server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS, timeout_graceful_shutdown=3,
    )  # fmt: skip
    server = uvicorn.Server(config)
    clients: list[Client] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server._serve([listener]))
        await until(lambda: server.started)

        async def connect() -> Client:
            clients.append(Client(*await asyncio.open_connection("127.0.0.1", listener.getsockname()[1])))
            return clients[-1]

        yield Running(server, connect)
        server.should_exit = True
        for client in clients:
            client.writer.close()
        await serving


@pytest.fixture
async def client(running: Running) -> Client:
    return await running.connect()


def events(body: bytes, *headers: str) -> bytes:
    lines = ("POST /v1/events HTTP/1.1", "Host: ads.example", AGENT, f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


async def test_a_connection_serves_request_after_request(client: Client, service: Service) -> None:
    tokens = []
    for _ in range(3):
        answer = await client.ask(ADS)
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        assert "date" in answer.headers
        tokens.append(json.loads(answer.body)["slots"]["top"]["token"])
    for token in tokens:
        answer = await client.ask(events(f"impression {token}".encode()))
        assert (answer.status, answer.body) == (204, b"")
        assert "content-length" not in answer.headers
    assert (await service.figures())["impressions"] == 3


@pytest.mark.usefixtures("ads_wait_for_counts")
async def test_ads_with_counts_and_ads_without_follow_each_other(client: Client) -> None:
    with_counts = ADS.replace(b"slots=top", b"slots=top&written&views=66")
    wrong = ADS.replace(b"slots=top", b"slots=top&written&w=x")
    for _ in range(2):
        answer = await client.ask(with_counts)
        assert (answer.status, json.loads(answer.body)["views"]) == (200, {"66": "0"})
        assert (await client.ask(wrong)).status == 400
        assert "views" not in json.loads((await client.ask(ADS)).body)


async def test_a_request_in_pieces_is_put_together(client: Client, service: Service) -> None:
    request = events(f"impression {await service.token()}".encode())
    for byte in request:
        client.writer.write(bytes([byte]))
        await client.writer.drain()
    assert (await client.answer()).status == 204
    assert (await service.figures())["impressions"] == 1


async def test_a_body_in_chunks_is_read(client: Client, service: Service) -> None:
    body = f"impression {await service.token()}".encode()
    head = f"POST /v1/events HTTP/1.1\r\nHost: a\r\n{AGENT}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    client.writer.write(head + b"5\r\n" + body[:5] + b"\r\n" + b"%x\r\n" % len(body[5:]) + body[5:] + b"\r\n0\r\n\r\n")
    assert (await client.answer()).status == 204
    assert (await service.figures())["impressions"] == 1


@pytest.mark.parametrize(
    ("begun", "reason"),
    [(events(ADS)[: -len(ADS)], b"no line reads"), (ADS[: ADS.index(b"Host")], b"Invalid HTTP")],
    ids=["body", "header"],
)
async def test_what_looks_like_a_request_within_another_is_none(client: Client, begun: bytes, reason: bytes) -> None:
    client.writer.write(begun)
    await pass_time(0.05)  # so that what follows comes by itself
    answer = await client.ask(ADS)
    assert (answer.status, reason in answer.body) == (400, True)


async def test_pipelined_requests_are_answered_in_their_order(client: Client, service: Service) -> None:
    event = events(f"impression {await service.token()}".encode())
    behind_us = b"GET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n"
    client.writer.write(event + ADS + behind_us + event + event + ADS)
    answers = [await client.answer() for _ in range(6)]
    assert [answer.status for answer in answers] == [204, 200, 200, 204, 204, 200]
    assert answers[1].body.startswith(b'{"request"')
    assert answers[2].body == b"behind"
    assert answers[5].body.startswith(b'{"request"')
    assert (await service.figures())["impressions"] == 1


@pytest.mark.parametrize(
    "request_head",
    [
        pytest.param("GET {path} HTTP/1.0\r\n", id="HTTP/1.0"),
        pytest.param("GET {path} HTTP/1.1\r\nConnection: close\r\n", id="close"),
    ],
)
async def test_a_connection_that_is_to_end_ends(client: Client, request_head: str) -> None:
    request = request_head.format(path="/v1/ads?site=haber&slots=top") + f"Host: a\r\n{AGENT}\r\n\r\n"
    answer = await client.ask(request.encode())
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert await client.is_closed()


async def test_a_head_request_gets_no_body(client: Client) -> None:
    client.writer.write(ADS.replace(b"GET", b"HEAD", 1))
    assert (await client.answer(has_body=False)).status == 200
    assert (await client.ask(ADS)).status == 200


async def test_another_method_is_told_which_one_is_taken(client: Client) -> None:
    answer = await client.ask(b"DELETE /v1/events HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (answer.status, answer.headers["allow"]) == (405, "post")


async def test_an_expected_continue_is_given(client: Client, service: Service) -> None:
    body = f"impression {await service.token()}".encode()
    request = events(body, "Expect: 100-continue")
    client.writer.write(request[: -len(body)])
    assert (await client.answer()).status == 100
    client.writer.write(body)
    assert (await client.answer()).status == 204


async def test_a_body_above_the_limit_is_refused_and_ends_the_connection(client: Client) -> None:
    client.writer.write(events(b"x" * (BODY_LIMIT + 2))[:-1])
    answer = await client.answer()
    assert (answer.status, answer.headers["connection"]) == (400, "close")
    assert json.loads(answer.body)["error"] == "too-large"
    assert await client.is_closed()


async def test_what_is_not_understood_is_refused_and_the_connection_stays(client: Client) -> None:
    answer = await client.ask(events(b"nothing"))
    assert (answer.status, json.loads(answer.body)["error"]) == (400, "bad-request")
    assert (await client.ask(ADS)).status == 200


async def test_an_answer_comes_before_what_refuses_the_next_request(client: Client) -> None:
    client.writer.write(ADS + b"\x00\x01\r\n\r\n")
    assert [(await client.answer()).status for _ in range(2)] == [200, 400]
    assert await client.is_closed()


async def test_a_client_that_has_no_more_to_say_is_answered(client: Client) -> None:
    client.writer.write(ADS)
    client.writer.write_eof()
    assert (await client.answer()).status == 200
    assert await client.is_closed()


async def test_what_is_no_http_ends_the_connection(client: Client) -> None:
    assert (await client.ask(b"nothing\r\n\r\n")).status == 400
    assert await client.is_closed()


async def test_an_idle_connection_is_closed(client: Client) -> None:
    for _ in range(3):
        await client.ask(ADS)
        await pass_time(KEEP_ALIVE_SECONDS * 0.6)
    await pass_time(KEEP_ALIVE_SECONDS * 0.5)
    assert await client.is_closed()


async def test_a_slow_request_is_not_taken_for_an_idle_connection(client: Client) -> None:
    await client.ask(ADS)
    client.writer.write(ADS[:-2])
    await pass_time(KEEP_ALIVE_SECONDS * 1.5)
    assert (await client.ask(ADS[-2:])).status == 200


async def test_an_event_under_way_is_answered_before_the_server_ends(running: Running, service: Service) -> None:
    client = await running.connect()
    await client.ask(ADS)
    client.writer.write(events(f"impression {await service.token()}".encode()))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not any(shard._queue or shard._sent for shard in service.context.commit._shards.values()):
            await asyncio.sleep(0)
    running.server.should_exit = True
    assert (await client.answer()).status == 204
    assert await client.is_closed()


async def test_a_client_that_leaves_disturbs_nobody(running: Running, service: Service) -> None:
    leaving, staying = await running.connect(), await running.connect()
    for client in (leaving, staying):
        client.writer.write(events(f"impression {await service.token()}".encode()))
    leaving.writer.transport.abort()
    assert (await staying.answer()).status == 204
