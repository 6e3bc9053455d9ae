"""One shard's queue: the events that arrive while a batch is on its way to Redis form the next one."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from redis.exceptions import RedisError

from adserver.counting import keys
from adserver.counting.batch import Batch, Call, Done
from adserver.counting.bundle import NOTHING, Bundle
from adserver.counting.compiled import take
from adserver.counting.scripts import Commit
from adserver.counting.sighting import Sighting

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
"""How long diagnostics are summed up: at 10,000 pages a second most come again."""

AMOUNT_LIMIT = 1_000
"""Counters of diagnostics a script call: a tenth of a millisecond of the loop's time, without a compiler a half."""


class _Sent(NamedTuple):
    """A batch under its number, with the diagnostics that travel along."""

    batch: Batch
    number: int
    since: float
    bundle: Bundle


class Shard:
    """Sends one batch at a time. One that fails, or finds no connection, is repeated by a task until Redis answers."""

    def __init__(self, commit: Commit, number: int, writer: int, seen_seconds: int) -> None:
        self._commit = commit
        self._head = [keys.live(number), keys.batches(number), keys.done(number, writer)]
        self._seen_seconds = seen_seconds
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Batch] = deque()
        self._queued = 0  # sightings in it
        self.amounts: dict[bytes, int] = {}
        """Diagnostics by counter's field, summed up; whoever finds some may add to them himself."""
        self._is_due = False  # whether the amounts are to leave
        self._leaving: dict[bytes, int] = {}  # those that do, some with each batch
        self._batches = 0
        self._sent: _Sent | None = None
        self._is_refused = False  # whether those who wait for the batch under way have been told so
        self._is_begun = False
        self._repeating: asyncio.Task[None] | None = None
        self._closed: asyncio.Event | None = None
        self.is_away = False

    def send(self, sightings: Sequence[Sighting], done: Done) -> None:
        """Count sightings, all ads' or all views', with the next batch."""
        batch = self.room(len(sightings))
        if batch is None:
            done(None)
        else:
            batch.add(sightings, done)

    def room(self, count: int) -> Batch | None:
        """Return the batch to which so many sightings are to be added at once, None where they are refused."""
        if self.is_away or self._closed is not None or self._queued + count > QUEUE_LIMIT:
            return None
        queue = self._queue
        if not queue or queue[-1].size + count > BATCH_LIMIT:
            queue.append(Batch(self._head))
        self._queued += count
        if not self._is_begun:
            # What else the loop has read by now goes along.
            self._is_begun = True
            self._loop.call_soon(self._begin)
        return queue[-1]

    def add(self, fields: Iterable[bytes]) -> None:
        """Add one to each of the counters, within a second."""
        amounts = self.amounts
        if not amounts:
            self._loop.call_later(AMOUNT_SECONDS, self._begin_due)
        for field in fields:
            amounts[field] = amounts.get(field, 0) + 1

    async def close(self) -> None:
        """Send what is left, for as long as requests would wait."""
        self._closed = asyncio.Event()
        self._begin_due()
        try:
            await asyncio.wait_for(self._closed.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            logger.warning("Redis was not told of the last counts")
        self._sent = None
        if self._repeating is not None:
            self._repeating.cancel()

    def _begin_due(self) -> None:
        self._is_due = True
        if not self._is_begun:
            self._begin()

    def _begin(self) -> None:
        """Send the next batch where there is one."""
        sent = self._sent = self._take()
        self._is_begun, self._is_refused = sent is not None, False
        if sent is None:
            if self._closed is not None:
                self._closed.set()
            return
        try:
            if not self._commit.begin(*self._call(sent), self._end):
                self._repeat(sent)
        except Exception:
            self._drop(sent)

    def _end(self, outcome: bytes | None) -> None:
        """Take Redis' answer, or None where there is none."""
        sent = self._sent
        if sent is None:
            return
        if outcome is None:
            self._repeat(sent)
            return
        self.is_away = False
        if not self._is_refused:
            # The next batch leaves first: Redis works on it while these answers are written.
            self._loop.call_soon(sent.batch.answer, outcome)
        self._begin()

    def _take(self) -> _Sent | None:
        bundle = self._take_bundle()
        if not self._queue and not bundle.counters:
            return None
        batch = self._queue.popleft() if self._queue else Batch(self._head)
        self._queued -= batch.size
        self._batches += 1
        return _Sent(batch, self._batches, self._loop.time(), bundle)

    def _take_bundle(self) -> Bundle:
        if self._is_due and not self._leaving:
            self._leaving, self.amounts, self._is_due = self.amounts, {}, self._closed is not None
        return take(self._leaving, AMOUNT_LIMIT) if self._leaving else NOTHING

    def _call(self, sent: _Sent) -> Call:
        generation = b"%032x" % random.getrandbits(128)
        return sent.batch.call(sent.number, generation, self._seen_seconds, sent.bundle)

    def _repeat(self, sent: _Sent) -> None:
        self._repeating = self._loop.create_task(self._deliver(sent))

    async def _deliver(self, sent: _Sent) -> None:
        """Send the batch until Redis has answered; refuse those who wait once their patience is over."""
        patience = sent.since + PATIENCE_SECONDS
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                outcome = await self._commit(*self._call(sent))
                break
            except (RedisError, OSError) as error:
                logger.warning("counting waits for Redis: %s", error)
                if self._loop.time() + pause > patience:
                    self.is_away = True
                    self._refuse(sent)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            except Exception:
                self._drop(sent)
                return
        self._end(outcome)

    def _drop(self, sent: _Sent) -> None:
        """A fault of our own costs the batch, which is sent again, and not all that come after."""
        logger.exception("a batch of events failed")
        self._refuse(sent)
        self._sent, self._is_begun = None, False

    def _refuse(self, sent: _Sent) -> None:
        """Tell those who wait for the batch, once, and those in the queue, that they are to come back."""
        told = () if self._is_refused else (sent.batch,)
        self._is_refused = True
        queue, self._queue, self._queued = self._queue, deque(), 0
        for batch in (*told, *queue):
            batch.refuse()
