"""Which of a fleet's processes is active: the one that has a lock that Postgres holds for its connection."""

import asyncio
from contextlib import suppress

from adserver.connections import AdvisoryLock, Connection

POLL_SECONDS = 1.0


async def take_lease(connection: Connection, lock: AdvisoryLock, stop: asyncio.Event) -> bool:
    """Wait until this process is the active one; False once it is told to stop. Postgres frees the lock of one that
    dies."""
    while not stop.is_set():
        if await connection.fetchval("select pg_try_advisory_lock($1)", lock):
            return True
        await wait_or_stop(stop, POLL_SECONDS)
    return False


async def wait_or_stop(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until told to stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
