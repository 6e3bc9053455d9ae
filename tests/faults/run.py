"""A run: readers and adversary for a while, everything repaired and flushed, then the comparison."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import asyncpg
from redis.asyncio import Redis

from adserver.counting.flush import flush_all
from adserver.counting.waiting import waiting
from tests.faults.adversary import Adversary, Fault
from tests.faults.book import Book, Difference
from tests.faults.http import Browser
from tests.faults.readers import Crowd
from tests.faults.service import Service, connected, running_service
from tests.faults.verdict import disagreements, stored_cells

PROGRESS_SECONDS = 15.0
RECOVERY_SECONDS = 60.0
"""Enough for a web worker whose restart waits 10 s after many kills, and for its start on a busy machine."""


@dataclass(frozen=True, slots=True)
class Plan:
    seconds: float
    seed: int
    mean_pause_seconds: float = 1.8
    connections: int = 16


@dataclass(frozen=True, slots=True)
class Result:
    """`unanswered`: events sent that had no success within RECOVERY_SECONDS after everything was repaired."""

    faults: Counter[Fault]
    replies_lost: int
    book: Book
    answered: int
    stored: int
    unanswered: int
    difference: Difference
    disagreements: list[str]

    @property
    def is_good(self) -> bool:
        return self.difference == Difference() and not self.disagreements and not self.unanswered


async def run(plan: Plan, directory: Path, tell: Callable[[str], None]) -> Result:
    """Run on servers of its own in the directory."""
    async with running_service(directory) as service, asyncio.TaskGroup() as tasks:
        crowd = Crowd(service.port, plan.seed, plan.connections)
        adversary = Adversary(service, Random(plan.seed), plan.mean_pause_seconds)
        progress = tasks.create_task(_tell_progress(crowd.book, adversary, tell))
        readers = tasks.create_task(crowd.run())
        await adversary.run(plan.seconds)
        crowd.close()
        await _recover(service, crowd, readers)
        progress.cancel()
        return await _judge(service, crowd.book, adversary)


async def _recover(service: Service, crowd: Crowd, readers: asyncio.Task[None]) -> None:
    """Wait until the readers have been answered, the service says that it is well, and no journal is left."""
    await asyncio.wait([readers], timeout=RECOVERY_SECONDS)
    crowd.give_up()
    await readers
    browser = Browser(service.port)
    deadline = time.monotonic() + RECOVERY_SECONDS
    while not await _is_well(service, browser):
        assert time.monotonic() < deadline, "the service did not recover"
        await asyncio.sleep(0.1)
    browser.close()


async def _is_well(service: Service, browser: Browser) -> bool:
    answer = await browser.ask("GET", "/ready", {})
    return answer is not None and answer.status == 200 and not any(service.journal.glob("*"))


async def _judge(service: Service, book: Book, adversary: Adversary) -> Result:
    async with connected(service) as (redis, connection):
        await _flush(redis, connection)
        told = await disagreements(service, connection)
        assert await service.stop() == 0, "the supervisor did not stop as it should"
        await _flush(redis, connection)
        cells = await stored_cells(connection)
        requests = await connection.fetchval("select coalesce(sum(requests), 0)::bigint from hourly")
    if requests > book.decisions:
        told.append(f"{requests} requests were counted, {book.decisions} were made")
    answered = book.answered()
    return Result(
        faults=adversary.faults,
        replies_lost=sum(wire.replies_lost for wire in service.wires),
        book=book,
        answered=answered,
        stored=sum(cells.values()),
        unanswered=len(book.units) - answered,
        difference=book.compare(cells),
        disagreements=told,
    )


async def _flush(redis: Redis, connection: asyncpg.Connection) -> None:
    """Flush all. The service's own flusher may be at the same batch: then none is new to us, and what is live still
    waits behind it."""
    while await flush_all(redis, connection) or any(await waiting(redis)):
        continue


async def _tell_progress(book: Book, adversary: Adversary, tell: Callable[[str], None]) -> None:
    begin = time.monotonic()
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        faults = sum(adversary.faults.values())
        tell(f"{time.monotonic() - begin:4.0f} s  {faults} faults  {len(book.units)} sent  {book.answered()} answered")
