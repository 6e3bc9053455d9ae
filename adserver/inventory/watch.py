"""Keeps a worker's inventory current: read at the start, again whenever Postgres tells of a change."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

import asyncpg

from adserver.connections import Connection, open_connection
from adserver.inventory.load import load_inventory
from adserver.inventory.model import Inventory
from adserver.settings import Settings

logger = logging.getLogger(__name__)

CHANNEL = "inventory"
SETTLE_SECONDS = 0.05  # changes that come together are read together
CHECK_SECONDS = 30.0  # a connection that died in silence is noticed by then
LONGEST_PAUSE_SECONDS = 5.0
FAILURES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def watch_inventory(
    settings: Settings, use: Callable[[Inventory], object], count_failure: Callable[[], object]
) -> None:
    """Call `use` with each inventory, until cancelled; `use` runs in a thread. Sits out a Postgres that is away.

    An inventory that `use` cannot read (ValueError, KeyError) is told in the log, and the one before stays in use.
    """
    pause = SETTLE_SECONDS
    while True:
        try:
            connection = await open_connection(settings)
            try:
                pause = SETTLE_SECONDS
                await _follow(connection, use, count_failure)
            finally:
                with suppress(*FAILURES):
                    await connection.close(timeout=1)
        except FAILURES as error:
            count_failure()
            logger.warning("the inventory waits for Postgres: %s", error or type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def _follow(
    connection: Connection, use: Callable[[Inventory], object], count_failure: Callable[[], object]
) -> None:
    changed = asyncio.Event()
    await connection.add_listener(CHANNEL, lambda *_: changed.set())
    connection.add_termination_listener(lambda *_: changed.set())
    while True:
        changed.clear()
        inventory = await load_inventory(connection)
        try:
            await asyncio.to_thread(use, inventory)
        except (ValueError, KeyError):
            logger.exception("the inventory cannot be used")
            count_failure()
        await _wait_for_change(connection, changed)
        await asyncio.sleep(SETTLE_SECONDS)


async def _wait_for_change(connection: Connection, changed: asyncio.Event) -> None:
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), CHECK_SECONDS)
        if changed.is_set():
            return
        await connection.fetchval("select 1")
