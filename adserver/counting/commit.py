"""Group commit: the events that arrive while a batch is on its way to Redis form the next one."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import uuid4

from redis.asyncio import Redis
from redis.exceptions import RedisError

from adserver.counting import keys
from adserver.counting.arguments import call_of
from adserver.counting.scripts import commit_on_replicas
from adserver.counting.sighting import Outcome, Sighting, ViewSighting

logger = logging.getLogger(__name__)

QUEUE_LIMIT = 20_000
"""Sightings waiting in a worker; beyond it, events are refused at once instead of late."""

BATCH_LIMIT = 1_000
"""Sightings a script call: about 3 ms of Redis' time, during which it answers nobody else."""

PATIENCE_SECONDS = 1.5
"""How long waiting requests sit out an absent Redis before they are told to come back."""

_OUTCOMES = {ord("0") + outcome: outcome for outcome in Outcome}
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0
_IDLE_SECONDS = 0.5  # how long diagnostics may wait for an event to travel with


class Unavailable(Exception):
    """The event could not be made durable, or is not known to be; sending it again is safe."""


class _Waiter(NamedTuple):
    sightings: Sequence[Sighting]
    future: asyncio.Future[list[Outcome]]


class _Batch(NamedTuple):
    number: int
    waiters: list[_Waiter]
    amounts: Mapping[bytes, int]


class GroupCommit:
    """Adds events to Redis, a batch a shard at a time; answered means durable there.

    A batch whose reply was lost is sent again under its number until Redis has answered, so it counts once. While
    Redis is away, waiting requests are refused after PATIENCE_SECONDS and new ones at once.
    """

    def __init__(self, redis: Redis, writer: int, seen_seconds: int, replicas: int = 0) -> None:
        self._redis = redis
        self._writer = writer
        self._seen_seconds = seen_seconds
        self._replicas = replicas
        self._shards: dict[int, _Shard] = {}

    async def submit(self, sightings: Sequence[Sighting]) -> list[Outcome]:
        """Count sightings of one shard, all ads' or all views'; return when they are durable. Raises Unavailable."""
        return await self._shard(sightings[0].shard).submit(sightings)

    def add(self, field: bytes, amount: int = 1) -> None:
        """Count without a token (requests, refused events), by field; travels with a later batch, and nobody waits."""
        self._shard(keys.shard_of_issuer(self._writer)).add(field, amount)

    def is_away(self) -> bool:
        """Say whether a batch is waiting for Redis to come back."""
        return any(shard.is_away for shard in self._shards.values())

    async def close(self) -> None:
        """Send what is left, for as long as requests would wait, then stop."""
        await asyncio.gather(*(shard.close() for shard in self._shards.values()))

    def _shard(self, number: int) -> "_Shard":
        shard = self._shards.get(number)
        if shard is None:
            shard = _Shard(self._redis, number, self._writer, self._seen_seconds, self._replicas)
            self._shards[number] = shard
        return shard


class _Shard:
    """One shard's queue and the task that empties it."""

    def __init__(self, redis: Redis, number: int, writer: int, seen_seconds: int, replicas: int) -> None:
        self._redis = redis
        self._head = [keys.live(number), keys.batches(number), keys.done(number, writer)]
        self._seen_seconds = seen_seconds
        self._replicas = replicas
        self._waiters: list[_Waiter] = []
        self._queued = 0
        self._amounts: dict[bytes, int] = {}
        self._batches = 0
        self._wake = asyncio.Event()
        self._is_closing = False
        self.is_away = False
        self._task = asyncio.create_task(self._run(), name=f"commit-{number}")

    async def submit(self, sightings: Sequence[Sighting]) -> list[Outcome]:
        if self.is_away or self._is_closing or self._queued + len(sightings) > QUEUE_LIMIT:
            raise Unavailable
        future: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        self._waiters.append(_Waiter(sightings, future))
        self._queued += len(sightings)
        self._wake.set()
        return await future

    def add(self, field: bytes, amount: int) -> None:
        if not self._amounts:
            asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._wake.set)
        self._amounts[field] = self._amounts.get(field, 0) + amount

    async def close(self) -> None:
        self._is_closing = True
        self._wake.set()
        await asyncio.wait([self._task], timeout=PATIENCE_SECONDS)
        self._task.cancel()

    async def _run(self) -> None:
        while not (self._is_closing and not self._waiters and not self._amounts):
            if not self._waiters and not self._is_closing:
                self._wake.clear()
                await self._wake.wait()
            batch = self._take()
            if batch is not None:
                await self._deliver_or_refuse(batch)

    async def _deliver_or_refuse(self, batch: _Batch) -> None:
        """Deliver the batch. A fault of our own costs the batch, which is sent again, and not all that come after."""
        try:
            await self._deliver(batch)
        except Exception:
            logger.exception("a batch of events failed")
            self._refuse(batch.waiters)

    def _take(self) -> _Batch | None:
        waiters = self._take_waiters()
        if not waiters and not self._amounts:
            return None
        self._batches += 1
        # The script takes ads' events first and answers in its order.
        waiters.sort(key=lambda waiter: isinstance(waiter.sightings[0], ViewSighting))
        batch = _Batch(self._batches, waiters, self._amounts)
        self._amounts = {}
        return batch

    def _take_waiters(self) -> list[_Waiter]:
        taken, size = 0, 0
        while taken < len(self._waiters) and (taken == 0 or size < BATCH_LIMIT):
            size += len(self._waiters[taken].sightings)
            taken += 1
        waiters, self._waiters = self._waiters[:taken], self._waiters[taken:]
        self._queued -= size
        return waiters

    async def _deliver(self, batch: _Batch) -> None:
        """Send the batch until Redis has answered; refuse those who wait once their patience is over."""
        sightings = (sighting for waiter in batch.waiters for sighting in waiter.sightings)
        names, arguments = call_of(self._head, batch.number, self._seen_seconds, sightings, batch.amounts)
        patience = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                arguments[1] = uuid4().hex
                outcome: bytes = await commit_on_replicas(self._redis, names, arguments, self._replicas)
                break
            except (RedisError, OSError) as error:
                logger.warning("counting waits for Redis: %s", error)
                if asyncio.get_running_loop().time() + pause > patience:
                    self.is_away = True
                    self._refuse(batch.waiters)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        self.is_away = False
        _answer(batch.waiters, outcome)

    def _refuse(self, waiters: Sequence[_Waiter]) -> None:
        queued, self._waiters, self._queued = self._waiters, [], 0
        for waiter in (*waiters, *queued):
            if not waiter.future.done():
                waiter.future.set_exception(Unavailable())


def _answer(waiters: Sequence[_Waiter], outcome: bytes) -> None:
    position = 0
    for sightings, future in waiters:
        digits = outcome[position : position + len(sightings)]
        position += len(sightings)
        if not future.done():
            future.set_result([_OUTCOMES[digit] for digit in digits])
