"""A wire between the service and one of its servers that can be cut, slowed, closed, and made to lose replies."""

import asyncio
import time
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

CHUNK_BYTES = 64 * 1024


@dataclass(eq=False, slots=True)
class Connection:
    """One connection of the service, with the one that was opened to the server for it."""

    client: StreamWriter
    server: StreamWriter
    loses_reply: bool = False
    is_cut: bool = False

    def cut(self) -> None:
        self.is_cut = True
        self.client.transport.abort()
        self.server.transport.abort()


class Proxy:
    """Relays TCP connections to a server's Unix socket, which need not be there all the time.

    `marker` are the bytes of a command whose reply is worth losing.
    """

    def __init__(self, socket: Path, marker: bytes) -> None:
        self._socket = socket
        self._marker = marker
        self._connections: set[Connection] = set()
        self._listening: asyncio.Server | None = None
        self.replies_to_lose = 0
        self.replies_lost = 0
        self.delay_seconds = 0.0
        self.is_closed = False

    @property
    def port(self) -> int:
        assert self._listening is not None
        return int(self._listening.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Self:
        self._listening = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._listening is not None
        self._listening.close()
        self.cut()
        while self._connections:
            await asyncio.sleep(0.01)

    def cut(self) -> None:
        """Cut every connection, whatever is on its way."""
        for connection in self._connections:
            connection.cut()

    async def _relay(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            if self.is_closed:
                raise ConnectionRefusedError
            server_reader, server_writer = await asyncio.open_unix_connection(self._socket)
        except OSError:
            writer.transport.abort()
            return
        connection = Connection(writer, server_writer)
        self._connections.add(connection)
        try:
            await asyncio.gather(self._commands(reader, connection), self._replies(server_reader, connection))
        finally:
            connection.cut()
            self._connections.discard(connection)

    async def _commands(self, reader: StreamReader, connection: Connection) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                if self.replies_to_lose and self._marker in chunk:
                    self.replies_to_lose -= 1
                    connection.loses_reply = True
                connection.server.write(chunk)
                await connection.server.drain()
        connection.cut()

    async def _replies(self, reader: StreamReader, connection: Connection) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                if connection.loses_reply:
                    self.replies_lost += 1
                    break
                await self._hold(connection)
                connection.client.write(chunk)
                await connection.client.drain()
        connection.cut()

    async def _hold(self, connection: Connection) -> None:
        begin = time.monotonic()
        while time.monotonic() - begin < self.delay_seconds and not connection.is_cut:
            await asyncio.sleep(0.01)
