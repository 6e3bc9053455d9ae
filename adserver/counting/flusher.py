"""The flusher process: one of a fleet is active, by a lock that Postgres holds for its connection."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adserver.connections import REPLY_SECONDS, AdvisoryLock, Connection, open_connection, open_redis
from adserver.counting.flush import FENCE_MILLISECONDS, FlushFailed, flush_all
from adserver.counting.upkeep import Upkeep
from adserver.counting.waiting import waiting
from adserver.metrics import FlushMetrics
from adserver.process.lease import POLL_SECONDS, take_lease, wait_or_stop
from adserver.settings import Settings, read_settings

logger = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 5.0
WAITING_SECONDS = 5.0
BATCH_SECONDS = 300.0
"""How long Postgres may take for what has piled up through a long outage."""

FAILURES = (OSError, RedisError, asyncpg.PostgresError, asyncpg.InterfaceError, FlushFailed)


async def run(settings: Settings, stop: asyncio.Event, metrics: FlushMetrics) -> None:
    """Flush every `flush_seconds` until `stop`, then once more. Outages are sat out; nothing is dropped meanwhile."""
    async with _open_redis(settings) as redis:
        measuring = asyncio.create_task(_measure_waiting(redis, metrics))
        try:
            await _sit_outages_out(settings, redis, stop, metrics)
        finally:
            measuring.cancel()
            with suppress(asyncio.CancelledError):
                await measuring


async def run_once(settings: Settings) -> int:
    """Flush what Redis holds now; return how many batches were stored. Safe beside an active flusher."""
    async with _open_redis(settings) as redis, _connected(settings) as connection:
        # Twice, since live counters wait while there is a batch that was set aside before.
        return sum([await flush_all(redis, connection, settings.redis_replicas) for _ in range(2)])


async def _sit_outages_out(settings: Settings, redis: Redis, stop: asyncio.Event, metrics: FlushMetrics) -> None:
    pause = POLL_SECONDS
    while not stop.is_set():
        try:
            async with _connected(settings) as connection:
                pause = POLL_SECONDS
                if await take_lease(connection, AdvisoryLock.FLUSHER, stop):
                    await _flush_until(settings, redis, connection, stop, metrics)
        except FAILURES as error:
            metrics.flush_failures.inc()
            logger.warning("flushing waits: %s", error or type(error).__name__)
            await wait_or_stop(stop, pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


@asynccontextmanager
async def _open_redis(settings: Settings) -> AsyncIterator[Redis]:
    redis = open_redis(settings, FENCE_MILLISECONDS / 1000 + REPLY_SECONDS)
    try:
        yield redis
    finally:
        await redis.aclose()


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Connection]:
    connection = await open_connection(settings, BATCH_SECONDS)
    try:
        yield connection
    finally:
        with suppress(*FAILURES):
            await connection.close(timeout=2)


async def _flush_until(
    settings: Settings, redis: Redis, connection: Connection, stop: asyncio.Event, metrics: FlushMetrics
) -> None:
    upkeep = Upkeep()
    while True:
        is_last = stop.is_set()
        await _flush(settings, redis, connection, metrics)
        if is_last:
            await _flush(settings, redis, connection, metrics)  # what waited behind a batch set aside before
            return
        await upkeep(redis, connection)
        await wait_or_stop(stop, settings.flush_seconds)


async def _flush(settings: Settings, redis: Redis, connection: Connection, metrics: FlushMetrics) -> None:
    """Flush once; what fails is tried again next time, and has kept nothing else back."""
    try:
        with metrics.flush_seconds.time():
            metrics.flushed_batches.inc(await flush_all(redis, connection, settings.redis_replicas))
        metrics.last_flush.set_to_current_time()
    except FlushFailed as failed:
        metrics.flushed_batches.inc(failed.stored)
        metrics.flush_failures.inc(len(failed.failures))
        logger.warning("not flushed: %s", failed)


async def _measure_waiting(redis: Redis, metrics: FlushMetrics) -> None:
    """Keep the metrics of what piles up, with Postgres or without."""
    while True:
        with suppress(RedisError, OSError):
            batches, counters = await waiting(redis)
            metrics.waiting_batches.set(batches)
            metrics.waiting_counters.set(counters)
        await asyncio.sleep(WAITING_SECONDS)


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    await run(settings, stop, FlushMetrics())


def main(arguments: list[str] | None = None) -> int:
    """Run the flusher with settings from the environment; `--once` flushes and ends."""
    parser = argparse.ArgumentParser(prog="python -m adserver.counting.flusher")
    parser.add_argument("--once", action="store_true", help="flush what Redis holds now and end")
    once = parser.parse_args(arguments).once
    settings = read_settings(os.environ)
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s flusher: %(message)s")
    if not once:
        asyncio.run(_serve(settings))
        return 0
    try:
        asyncio.run(run_once(settings))
    except FAILURES as error:
        logger.error("not flushed: %s", error or type(error).__name__)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
