"""The adversary: by a seed, it kills, stops and resumes processes, and cuts, slows and closes connections."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from enum import StrEnum
from random import Random

import psutil

from tests.faults.proxy import Proxy
from tests.faults.service import FLUSHER, WORKER, Service

LONGEST_SECONDS = 4.0
LOST_REPLIES = 3


class Fault(StrEnum):
    """What is done to whom; each begins with its target."""

    WORKER_KILL = "web worker: kill -9"
    WORKER_STOP = "web worker: stop, resume"
    FLUSHER_KILL = "flusher: kill -9"
    FLUSHER_STOP = "flusher: stop, resume"
    VALKEY_KILL = "valkey: kill -9"
    VALKEY_STOP = "valkey: stop, resume"
    VALKEY_CUT = "valkey wire: cut"
    VALKEY_LOSE = "valkey wire: lose replies"
    VALKEY_DELAY = "valkey wire: delay"
    VALKEY_CLOSE = "valkey wire: close"
    POSTGRES_KILL = "postgres: kill -9"
    POSTGRES_STOP = "postgres: stop, resume"
    POSTGRES_CUT = "postgres wire: cut"
    POSTGRES_LOSE = "postgres wire: lose replies"
    POSTGRES_DELAY = "postgres wire: delay"
    POSTGRES_CLOSE = "postgres wire: close"
    ALL_KILL = "everything: kill -9"

    @property
    def targets(self) -> set[str]:
        target = self.value.partition(":")[0]
        return {"web worker", "flusher", "valkey", "postgres"} if self is Fault.ALL_KILL else {target}


class Adversary:
    """Deals faults from shuffled decks that hold each kind once; no target suffers two at a time."""

    def __init__(self, service: Service, draw: Random, mean_pause_seconds: float) -> None:
        self._service = service
        self._draw = draw
        self._pause = mean_pause_seconds
        self._busy: set[str] = set()
        self._deck: list[Fault] = []
        self.faults: Counter[Fault] = Counter()

    async def run(self, seconds: float) -> None:
        """Do harm for so long, each kind once at least, and return when all of it is repaired."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        dealt: set[Fault] = set()
        async with asyncio.TaskGroup() as harms:
            while loop.time() < end or len(dealt) < len(Fault):
                if (fault := self._next()) is not None:
                    dealt.add(fault)
                    self._busy |= fault.targets
                    harms.create_task(self._do(fault))
                await asyncio.sleep(self._draw.uniform(0.0, 2 * self._pause))

    def _next(self) -> Fault | None:
        if not self._deck:
            self._deck = list(Fault)
            self._draw.shuffle(self._deck)
        for fault in self._deck:
            if not fault.targets & self._busy:
                self._deck.remove(fault)
                return fault
        return None

    async def _do(self, fault: Fault) -> None:
        try:
            await self._harms()[fault]()
            self.faults[fault] += 1
        finally:
            self._busy -= fault.targets

    def _harms(self) -> dict[Fault, Callable[[], Awaitable[None]]]:
        valkey, postgres = self._service.wires
        return {
            Fault.WORKER_KILL: lambda: self._kill(WORKER),
            Fault.WORKER_STOP: lambda: self._stop(lambda: self._any(WORKER)),
            Fault.FLUSHER_KILL: lambda: self._kill(FLUSHER),
            Fault.FLUSHER_STOP: lambda: self._stop(lambda: self._any(FLUSHER)),
            Fault.VALKEY_KILL: self._kill_valkey,
            Fault.VALKEY_STOP: lambda: self._stop(lambda: [self._service.valkey.pid or 0]),
            Fault.VALKEY_CUT: lambda: self._cut(valkey),
            Fault.VALKEY_LOSE: lambda: self._lose(valkey),
            Fault.VALKEY_DELAY: lambda: self._delay(valkey),
            Fault.VALKEY_CLOSE: lambda: self._close(valkey),
            Fault.POSTGRES_KILL: self._kill_postgres,
            Fault.POSTGRES_STOP: lambda: self._stop(self._service.postgres_pids),
            Fault.POSTGRES_CUT: lambda: self._cut(postgres),
            Fault.POSTGRES_LOSE: lambda: self._lose(postgres),
            Fault.POSTGRES_DELAY: lambda: self._delay(postgres),
            Fault.POSTGRES_CLOSE: lambda: self._close(postgres),
            Fault.ALL_KILL: self._kill_all,
        }

    def _any(self, module: str) -> list[int]:
        pids = self._service.pids(module)
        return [self._draw.choice(pids)] if pids else []

    async def _sleep(self, longest: float = LONGEST_SECONDS) -> None:
        await asyncio.sleep(self._draw.uniform(0.0, longest))

    async def _kill(self, module: str) -> None:
        _signal(self._any(module), signal.SIGKILL)

    async def _stop(self, choose: Callable[[], list[int]]) -> None:
        with suppress(psutil.Error):
            pids = choose()
            _signal(pids, signal.SIGSTOP)
            await self._sleep()
            _signal(reversed(pids), signal.SIGCONT)

    async def _kill_valkey(self) -> None:
        _signal([self._service.valkey.pid or 0], signal.SIGKILL)
        await self._service.valkey.wait()
        await self._sleep()
        await self._service.valkey.start()

    async def _kill_postgres(self) -> None:
        _signal([self._service.postgres.pid or 0], signal.SIGKILL)
        await self._service.postgres.wait()
        await self._sleep()
        await self._service.postgres.start()

    async def _kill_all(self) -> None:
        _signal(self._service.pids(WORKER) + self._service.pids(FLUSHER), signal.SIGKILL)
        await asyncio.gather(self._kill_valkey(), self._kill_postgres())

    async def _cut(self, wire: Proxy) -> None:
        wire.cut()

    async def _lose(self, wire: Proxy) -> None:
        lost = wire.replies_lost
        wire.replies_to_lose = self._draw.randint(1, LOST_REPLIES)
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_SECONDS):
                while wire.replies_to_lose or wire.replies_lost == lost:
                    await asyncio.sleep(0.01)
        wire.replies_to_lose = 0

    async def _delay(self, wire: Proxy) -> None:
        wire.delay_seconds = self._draw.uniform(0.01, 0.5)
        await self._sleep()
        wire.delay_seconds = 0.0

    async def _close(self, wire: Proxy) -> None:
        wire.is_closed = True
        wire.cut()
        await self._sleep()
        wire.is_closed = False


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
