"""A connection to Redis that a worker's batches of events have for themselves."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import hiredis
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

REPLY_SECONDS = 1.0

Argument = bytes | str | int
Command = Sequence[Argument]
Done = Callable[[list[Any] | RedisError], None]
"""Is told once the replies of commands, or what failed; must not raise."""


class Lane:
    """Sends commands without waiting for the replies of those before, which come in order.

    The client's own way takes 150 µs a batch, of an event's 20 a fifth. It still makes the connection, as it knows all
    forms of addresses, passwords and certificates. After any failure the next call connects anew.
    """

    def __init__(self, redis: Redis) -> None:
        self._pool = redis.connection_pool
        self._connection: AbstractConnection | None = None
        self._link: _Link | None = None
        self._connecting = asyncio.Lock()

    def begin(self, commands: Sequence[Command], done: Done) -> bool:
        """Send commands together and tell `done` of the replies; return False, and do nothing, without connection."""
        link = self._link
        if link is None or link.is_lost:
            return False
        link.send(commands, done)
        return True

    async def call(self, *commands: Command) -> list[Any]:
        """Send commands together and return their replies, RedisError among them where one was refused.

        Raises RedisError or OSError where the server or a reply did not come: each command was run or was not.
        """
        link = self._link
        if link is None or link.is_lost:
            link = await self._connect()
        answer: asyncio.Future[list[Any] | RedisError] = asyncio.get_running_loop().create_future()
        link.send(commands, lambda replies: None if answer.done() else answer.set_result(replies))
        replies = await answer
        if isinstance(replies, RedisError):
            raise replies
        return replies

    async def close(self) -> None:
        """Close the connection; calls under way fail."""
        if self._link is not None:
            self._link.lose(RedisConnectionError("closed"))
        if self._connection is not None:
            await self._connection.disconnect(nowait=True)

    async def _connect(self) -> "_Link":
        async with self._connecting:
            if self._link is not None and not self._link.is_lost:
                return self._link  # another call has connected meanwhile
            if self._connection is not None:
                await self._connection.disconnect(nowait=True)
            connection = self._connection = self._pool.make_connection()  # type: ignore[no-untyped-call]
            await connection.connect()
            writer = connection._writer  # what the client has no use for from here on
            if writer is None:
                raise RedisConnectionError("the connection was lost at once")
            self._link = _Link(writer.transport)
            return self._link


class _Link(asyncio.Protocol):
    """One connection, until it is lost."""

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader()
        self._calls: deque[_Call] = deque()
        self.is_lost = transport.is_closing()
        transport.set_protocol(self)

    def send(self, commands: Sequence[Command], done: Done) -> None:
        call = _Call(len(commands), done, self._loop.call_later(REPLY_SECONDS, self._give_up))
        self._calls.append(call)
        self._transport.write(b"".join([_pack(command) for command in commands]))

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        try:
            reader.feed(data)
            while (reply := reader.gets()) is not False:
                if not isinstance(reply, hiredis.PushNotification):
                    self._take(reply)
        except hiredis.ProtocolError as error:
            self.lose(RedisConnectionError(str(error)))

    def connection_lost(self, exc: Exception | None) -> None:
        self.lose(RedisConnectionError(str(exc or "the server closed the connection")))

    def lose(self, error: RedisError) -> None:
        """Give the connection up, and tell the calls that wait."""
        self.is_lost = True
        self._transport.abort()
        calls, self._calls = self._calls, deque()
        for call in calls:
            call.patience.cancel()
            call.done(error)

    def _give_up(self) -> None:
        self.lose(RedisTimeoutError("no reply"))

    def _take(self, reply: Any) -> None:
        call = self._calls[0]
        call.replies.append(_error(reply) if isinstance(reply, hiredis.ReplyError) else reply)
        if len(call.replies) == call.commands:
            self._calls.popleft()
            call.patience.cancel()
            call.done(call.replies)


class _Call:
    """Commands whose replies have not all come."""

    __slots__ = ("commands", "done", "patience", "replies")

    def __init__(self, commands: int, done: Done, patience: asyncio.TimerHandle) -> None:
        self.commands = commands
        self.done = done
        self.patience = patience
        self.replies: list[Any] = []


def _pack(command: Command) -> bytes:
    # The stub says a tuple of one.
    return hiredis.pack_command(tuple(command))  # type: ignore[arg-type, no-any-return]


def _error(reply: hiredis.ReplyError) -> RedisError:
    text = str(reply)
    return NoScriptError(text) if text.startswith("NOSCRIPT") else ResponseError(text)
