"""A stand-in for what a proxy asks: it answers as the test says, and tells what it was asked."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress


class Upstream:
    """`reply` makes a whole answer of a request's first line and headers; its None is an answer that never comes."""

    def __init__(self, port: int, reply: Callable[[str], bytes | None]) -> None:
        self.port = port
        self.reply = reply
        self.requests: list[str] = []
        """What was asked, but for Varnish's question whether the ad server lives."""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            is_open = True
            while is_open:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                if length := re.search(r"(?i)\r\ncontent-length: (\d+)", head):
                    await reader.readexactly(int(length[1]))
                if not head.startswith("GET /live "):
                    self.requests.append(head)
                answer = self.reply(head)
                if answer is None:
                    await reader.read()
                    break
                writer.write(answer)
                await writer.drain()
                is_open = "connection: close" not in head.lower() and b"Connection: close" not in answer
        writer.close()


@asynccontextmanager
async def upstream(reply: Callable[[str], bytes | None]) -> AsyncIterator[Upstream]:
    """Run a stand-in on a port of its own."""
    stand_in = Upstream(0, reply)
    server = await asyncio.start_server(stand_in.answer, "127.0.0.1", 0)
    stand_in.port = server.sockets[0].getsockname()[1]
    yield stand_in
    server.close()


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """Return a whole answer; `length` is what it says of its body where that is not true."""
    told = "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body) if length is None else length}"])
    return f"{told}\r\n\r\n".encode() + body
