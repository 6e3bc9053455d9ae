"""A flusher that advances one call to Redis or Postgres at a time, and can be killed between any two."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from adserver.counting.flush import flush_shard
from adserver.counting.ledger import BatchIncomplete

BLOCKED_SECONDS = 0.03
"""A call that takes longer waits for a lock that another flusher holds."""


class Gate:
    """Lets one call through at a time."""

    def __init__(self) -> None:
        self._permits = asyncio.Semaphore(0)
        self.waiting = asyncio.Event()
        self.is_parted = False
        self.copied = 0

    def open(self) -> None:
        self.waiting.clear()
        self._permits.release()

    async def passage(self) -> None:
        self.waiting.set()
        await self._permits.acquire()

    async def redis_passage(self) -> None:
        await self.passage()
        if self.is_parted:
            raise RedisConnectionError("the server went away")


class SteppingRedis:
    """The calls of Redis that the flusher makes; `fenced` is told of each fence that held."""

    def __init__(self, redis: Redis, gate: Gate, fenced: Callable[[], None]) -> None:
        self._redis = redis
        self._gate = gate
        self._fenced = fenced

    async def evalsha(self, *arguments: Any) -> Any:
        await self._gate.redis_passage()
        return await self._redis.evalsha(*arguments)

    async def eval(self, *arguments: Any) -> Any:
        return await self._redis.eval(*arguments)

    async def hscan(self, *arguments: Any, **options: Any) -> Any:
        await self._gate.redis_passage()
        return await self._redis.hscan(*arguments, **options)

    def pipeline(self, transaction: bool) -> "SteppingPipeline":
        return SteppingPipeline(self)

    async def execute_command(self, *arguments: Any) -> Any:
        await self._gate.redis_passage()
        return await self._redis.execute_command(*arguments)

    def note(self, commands: list[tuple[Any, ...]], replies: list[Any]) -> None:
        """Only a fence behind a claim of something has anything to wait for."""
        if commands[-1][0] == "WAITAOF" and replies[0]:
            self._fenced()


class SteppingPipeline:
    """Executes command by command, as a server may that is killed between two."""

    def __init__(self, redis: SteppingRedis) -> None:
        self._redis = redis
        self._commands: list[tuple[Any, ...]] = []

    def execute_command(self, *arguments: Any) -> None:
        self._commands.append(arguments)

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        replies: list[Any] = []
        for command in self._commands:
            try:
                replies.append(await self._redis.execute_command(*command))
            except ResponseError as error:
                if raise_on_error:
                    raise
                replies.append(error)
        self._redis.note(self._commands, replies)
        return replies


class SteppingConnection:
    """The calls of asyncpg that the flusher makes."""

    def __init__(self, connection: asyncpg.Connection, gate: Gate) -> None:
        self._connection = connection
        self._gate = gate

    async def execute(self, *arguments: Any) -> Any:
        await self._gate.passage()
        return await self._connection.execute(*arguments)

    async def fetchval(self, *arguments: Any) -> Any:
        await self._gate.passage()
        return await self._connection.fetchval(*arguments)

    async def fetch(self, *arguments: Any) -> Any:
        await self._gate.passage()
        return await self._connection.fetch(*arguments)

    async def copy_records_to_table(self, *arguments: Any, **options: Any) -> Any:
        await self._gate.passage()
        status = await self._connection.copy_records_to_table(*arguments, **options)
        self._gate.copied += 1
        return status

    def transaction(self) -> "SteppingTransaction":
        return SteppingTransaction(self._connection.transaction(), self._gate)


class SteppingTransaction:
    def __init__(self, transaction: Any, gate: Gate) -> None:
        self._transaction = transaction
        self._gate = gate

    async def __aenter__(self) -> None:
        await self._transaction.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self._gate.passage()
        await self._transaction.__aexit__(kind, error, trace)


class SteppingFlusher:
    """The flusher's own code for one shard, begun anew whenever it has ended or was killed."""

    def __init__(self, redis: Redis, database: str, shard: int, fenced: Callable[[], None]) -> None:
        self._redis = redis
        self._database = database
        self._shard = shard
        self._fenced = fenced
        self._connection: asyncpg.Connection | None = None
        self._task: asyncio.Task[int] | None = None
        self._gate = Gate()

    @property
    def copied(self) -> int:
        """How many pieces the flush has copied to Postgres."""
        return self._gate.copied

    async def step(self) -> bool:
        """Do one call, or begin to wait for another's lock; return whether the flush has more to do."""
        if self._task is None:
            await self._begin()
        self._gate.open()
        await self._until_waiting()
        return self._task is not None

    async def finish(self) -> None:
        """Do all that is left."""
        while self._task is not None:
            self._gate.open()
            await self._until_waiting()

    async def kill(self) -> None:
        """End at once, as `kill -9` does: Postgres rolls back what was not committed."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._task
            self._task = None
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def part(self) -> None:
        """Break the connection to Redis; what is under way in Postgres goes on."""
        self._gate.is_parted = True

    async def _begin(self) -> None:
        if self._connection is None:
            self._connection = await asyncpg.connect(self._database)
        self._gate = Gate()
        redis = SteppingRedis(self._redis, self._gate, self._fenced)
        connection = SteppingConnection(self._connection, self._gate)
        self._task = asyncio.create_task(flush_shard(redis, connection, self._shard))  # type: ignore[arg-type]
        await self._until_waiting()

    async def _until_waiting(self) -> None:
        assert self._task is not None
        waiting = asyncio.create_task(self._gate.waiting.wait())
        await asyncio.wait([self._task, waiting], timeout=BLOCKED_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._task.done():
            task, self._task = self._task, None
            with suppress(RedisConnectionError, BatchIncomplete):
                task.result()
