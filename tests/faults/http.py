"""As much of an HTTP client as the readers need: one connection, and an answer or none."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping
from typing import NamedTuple

PATIENCE_SECONDS = 5.0


class Answer(NamedTuple):
    status: int
    body: bytes


class Browser:
    """A keep-alive connection to the service, opened again after it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[StreamReader, StreamWriter] | None = None

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer | None:
        """Return the whole answer, or None where none came: whether it was carried out is not known then."""
        fields = {"host": "localhost", "content-length": str(len(body)), **headers}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._exchange("\r\n".join(lines).encode() + body)
        except (OSError, EOFError, TimeoutError):
            self.close()
            return None

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None

    async def _exchange(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(fields.get("content-length", 0)))
        if fields.get("connection") == "close":
            self.close()
        return Answer(int(head[0].split()[1]), body)
