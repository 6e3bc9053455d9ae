"""Keeps a worker's inventory current: read at the start, again whenever Postgres tells of a change."""

import asyncio
import gc
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from adserver.connections import POSTGRES_FAILURES, Connection, open_connection
from adserver.inventory.load import Reading, read_inventory
from adserver.inventory.model import Inventory
from adserver.settings import Settings

logger = logging.getLogger(__name__)

CHANNEL = "inventory"
CAMPAIGNS_ALONE = "campaign"
SETTLE_SECONDS = 0.05  # changes that come together are read together
CHECK_SECONDS = 30.0  # a connection that died in silence is noticed by then
LONGEST_PAUSE_SECONDS = 5.0
_SWITCH_SECONDS = 0.0005


async def watch_inventory(
    settings: Settings, use: Callable[[Inventory], object], count_failure: Callable[[], object]
) -> None:
    """Call `use` with each inventory, until cancelled; `use` runs in a thread. Sits out a Postgres that is away.

    An inventory that `use` cannot read (ValueError, KeyError) is told in the log, and the one before stays in use.
    """
    pause = SETTLE_SECONDS
    while True:
        try:
            async with open_connection(settings) as connection:
                pause = SETTLE_SECONDS
                await _follow(connection, use, count_failure)
        except POSTGRES_FAILURES as error:
            count_failure()
            logger.warning("the inventory waits for Postgres: %s", error or type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def _follow(
    connection: Connection, use: Callable[[Inventory], object], count_failure: Callable[[], object]
) -> None:
    changes = Changes()
    await connection.add_listener(CHANNEL, changes.told)
    connection.add_termination_listener(lambda *_: changes.event.set())
    reading: Reading | None = None
    while True:
        with building():
            reading = await read_inventory(connection, reading if changes.take() else None)
            try:
                await asyncio.to_thread(use, reading.inventory)
            except (ValueError, KeyError):
                logger.exception("the inventory cannot be used")
                count_failure()
        await _wait_for_change(connection, changes.event)
        await asyncio.sleep(SETTLE_SECONDS)


@contextmanager
def building() -> Iterator[None]:
    """Make many objects that stay beside an event loop that must answer: 20,000 campaigns are some 300,000.

    To look among them for garbage, which they are not, would stop all threads for 0.1 to 0.5 s: they are counted as
    permanent, and freed like others when nothing refers to them. Garbage in cycles that requests leave in just this
    time stays. A thread that builds gives way after 0.5 ms instead of 5.
    """
    before = sys.getswitchinterval()
    gc.collect(1)
    gc.disable()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
        gc.freeze()
        gc.enable()


class Changes:
    """What Postgres has told of since this was asked last; the event is set when there is something."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self._payloads: set[object] = set()

    def told(self, connection: object, pid: int, channel: str, payload: object) -> None:
        self._payloads.add(payload)
        self.event.set()

    def take(self) -> bool:
        """Whether campaigns alone have changed, and nothing that they stand on."""
        payloads, self._payloads = self._payloads, set()
        self.event.clear()
        return payloads == {CAMPAIGNS_ALONE}


async def _wait_for_change(connection: Connection, changed: asyncio.Event) -> None:
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), CHECK_SECONDS)
        if changed.is_set():
            return
        await connection.fetchval("select 1")
