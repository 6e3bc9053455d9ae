"""Which of a fleet's processes is active: the one that has a lock that Postgres holds for its connection."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress

from adserver.connections import AdvisoryLock, Connection

POLL_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 5.0


async def work_while_active(
    connect: Callable[[], AbstractAsyncContextManager[Connection]],
    lock: AdvisoryLock,
    work: Callable[[Connection], Awaitable[None]],
    stop: asyncio.Event,
    failures: tuple[type[Exception], ...],
    tell: Callable[[Exception], None],
) -> None:
    """Work until `stop`, whenever this is the active process. A connection that cannot be made, or work that fails,
    is told and tried again after a pause, which grows to LONGEST_PAUSE_SECONDS while no connection can be made."""
    pause = POLL_SECONDS
    while not stop.is_set():
        try:
            async with connect() as connection:
                pause = POLL_SECONDS
                if await take_lease(connection, lock, stop):
                    await work(connection)
        except failures as error:
            tell(error)
            await wait_or_stop(stop, pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


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


def stop_on_signal() -> asyncio.Event:
    """Return what SIGTERM and SIGINT set from now on."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
