"""One shard's queue: the events that arrive while a batch is on its way to Redis form the next one."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple

from redis.exceptions import RedisError

from adserver.counting import keys
from adserver.counting.arguments import Call, call_of
from adserver.counting.scripts import Commit
from adserver.counting.sighting import Sighting, ViewSighting

logger = logging.getLogger(__name__)

QUEUE_LIMIT = 20_000
"""Sightings waiting in a worker; beyond it, events are refused at once instead of late."""

BATCH_LIMIT = 1_000
"""Sightings a script call: about 3 ms of Redis' time, during which it answers nobody else."""

PATIENCE_SECONDS = 1.5
"""How long waiting requests sit out an absent Redis before they are told to come back."""

_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0
AMOUNT_SECONDS = 1.0
"""How long diagnostics are summed up: at 10,000 pages a second most come again, and each would cost a batch 3 µs."""

AMOUNT_LIMIT = 1_000
"""Counters of diagnostics a script call."""


Done = Callable[[bytes | None], None]
"""Is told once what came of sightings: the digit of the Outcome of each, or None where they are not known to be
durable and sending them again is safe."""


class _Waiter(NamedTuple):
    sightings: Sequence[Sighting]
    done: Done


class _Batch(NamedTuple):
    number: int
    since: float
    waiters: Sequence[_Waiter]
    amounts: Mapping[bytes, int]


class Shard:
    """Sends one batch at a time. One that fails, or finds no connection, is repeated by a task until Redis answers."""

    def __init__(self, commit: Commit, number: int, writer: int, seen_seconds: int) -> None:
        self._commit = commit
        self._head = [keys.live(number), keys.batches(number), keys.done(number, writer)]
        self._seen_seconds = seen_seconds
        self._loop = asyncio.get_running_loop()
        self._waiters: list[_Waiter] = []
        self._queued = 0
        self._amounts: dict[bytes, int] = {}
        self._is_due = False  # whether the amounts travel with the next batch
        self._batches = 0
        self._batch: _Batch | None = None
        self._is_refused = False  # whether those who wait for the batch under way have been told so
        self._is_begun = False
        self._repeating: asyncio.Task[None] | None = None
        self._closed: asyncio.Event | None = None
        self.is_away = False

    def send(self, sightings: Sequence[Sighting], done: Done) -> None:
        """Count sightings, all ads' or all views', with the next batch."""
        if self.is_away or self._closed is not None or self._queued + len(sightings) > QUEUE_LIMIT:
            done(None)
            return
        self._waiters.append(_Waiter(sightings, done))
        self._queued += len(sightings)
        if not self._is_begun:
            # What else the loop has read by now goes along.
            self._is_begun = True
            self._loop.call_soon(self._begin)

    def add(self, field: bytes) -> None:
        """Add one to a counter, within a second."""
        if not self._amounts:
            self._loop.call_later(AMOUNT_SECONDS, self._begin_due)
        self._amounts[field] = self._amounts.get(field, 0) + 1

    async def close(self) -> None:
        """Send what is left, for as long as requests would wait."""
        self._closed = asyncio.Event()
        self._begin_due()
        try:
            await asyncio.wait_for(self._closed.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            logger.warning("Redis was not told of the last counts")
        self._batch = None
        if self._repeating is not None:
            self._repeating.cancel()

    def _begin_due(self) -> None:
        self._is_due = True
        if not self._is_begun:
            self._begin()

    def _begin(self) -> None:
        """Send the next batch where there is one."""
        batch = self._batch = self._take()
        self._is_begun, self._is_refused = batch is not None, False
        if batch is None:
            if self._closed is not None:
                self._closed.set()
            return
        try:
            if not self._commit.begin(*self._call(batch), self._end):
                self._repeat(batch)
        except Exception:
            self._drop(batch)

    def _end(self, outcome: bytes | None) -> None:
        """Take Redis' answer, or None where there is none."""
        batch = self._batch
        if batch is None:
            return
        if outcome is None:
            self._repeat(batch)
            return
        self.is_away = False
        if not self._is_refused:
            _answer(batch.waiters, outcome)
        self._begin()

    def _take(self) -> _Batch | None:
        waiters, amounts = self._take_waiters(), self._take_amounts()
        if not waiters and not amounts:
            return None
        self._batches += 1
        # The script takes ads' events first and answers in its order.
        waiters.sort(key=_is_view)
        return _Batch(self._batches, self._loop.time(), waiters, amounts)

    def _take_amounts(self) -> Mapping[bytes, int]:
        if not self._is_due:
            return {}
        if len(self._amounts) > AMOUNT_LIMIT:
            return {field: self._amounts.pop(field) for field in list(islice(self._amounts, AMOUNT_LIMIT))}
        amounts, self._amounts, self._is_due = self._amounts, {}, self._closed is not None
        return amounts

    def _take_waiters(self) -> list[_Waiter]:
        waiters, self._waiters = self._waiters, []
        size = self._queued
        while size > BATCH_LIMIT and len(waiters) > 1:
            last = waiters.pop()
            self._waiters.append(last)
            size -= len(last.sightings)
        self._waiters.reverse()
        self._queued -= size
        return waiters

    def _call(self, batch: _Batch) -> Call:
        sightings = chain.from_iterable([waiter.sightings for waiter in batch.waiters])
        call = call_of(self._head, batch.number, self._seen_seconds, sightings, batch.amounts)
        call.arguments[1] = b"%032x" % random.getrandbits(128)
        return call

    def _repeat(self, batch: _Batch) -> None:
        self._repeating = self._loop.create_task(self._deliver(batch))

    async def _deliver(self, batch: _Batch) -> None:
        """Send the batch until Redis has answered; refuse those who wait once their patience is over."""
        patience = batch.since + PATIENCE_SECONDS
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                outcome = await self._commit(*self._call(batch))
                break
            except (RedisError, OSError) as error:
                logger.warning("counting waits for Redis: %s", error)
                if self._loop.time() + pause > patience:
                    self.is_away = True
                    self._refuse(batch)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            except Exception:
                self._drop(batch)
                return
        self._end(outcome)

    def _drop(self, batch: _Batch) -> None:
        """A fault of our own costs the batch, which is sent again, and not all that come after."""
        logger.exception("a batch of events failed")
        self._refuse(batch)
        self._batch, self._is_begun = None, False

    def _refuse(self, batch: _Batch) -> None:
        """Tell those who wait for the batch, once, and those in the queue, that they are to come back."""
        told = () if self._is_refused else batch.waiters
        self._is_refused = True
        queued, self._waiters, self._queued = self._waiters, [], 0
        for waiter in (*told, *queued):
            _tell(waiter, None)


def _is_view(waiter: _Waiter) -> bool:
    return isinstance(waiter.sightings[0], ViewSighting)


def _answer(waiters: Sequence[_Waiter], outcome: bytes) -> None:
    position = 0
    for waiter in waiters:
        end = position + len(waiter.sightings)
        _tell(waiter, outcome[position:end])
        position = end


def _tell(waiter: _Waiter, digits: bytes | None) -> None:
    try:
        waiter.done(digits)
    except Exception:
        logger.exception("an answer failed")  # the others of the batch get theirs
