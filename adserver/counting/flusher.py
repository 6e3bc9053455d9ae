"""The flusher process: one of a fleet is active, by a lock that Postgres holds for its connection."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from adserver.connections import POSTGRES_FAILURES, REPLY_SECONDS, AdvisoryLock, Connection, open_connection, open_redis
from adserver.counting.flush import FENCE_MILLISECONDS, FlushFailed, flush_all
from adserver.counting.upkeep import Upkeep
from adserver.counting.waiting import waiting
from adserver.metrics import FlushMetrics
from adserver.process.lease import stop_on_signal, wait_or_stop, work_while_active
from adserver.settings import Settings, read_settings

logger = logging.getLogger(__name__)

WAITING_SECONDS = 5.0
BATCH_SECONDS = 300.0
"""How long Postgres may take for what has piled up through a long outage."""

FAILURES = (*POSTGRES_FAILURES, RedisError, FlushFailed)


async def run(settings: Settings, stop: asyncio.Event, metrics: FlushMetrics) -> None:
    """Flush every `flush_seconds` until `stop`, then once more. Outages are sat out; nothing is dropped meanwhile."""

    def tell(failure: Exception) -> None:
        metrics.flush_failures.inc()
        logger.warning("flushing waits: %s", failure or type(failure).__name__)

    async with _open_redis(settings) as redis:
        measuring = asyncio.create_task(_measure_waiting(redis, metrics))
        try:
            await work_while_active(
                lambda: open_connection(settings, BATCH_SECONDS),
                AdvisoryLock.FLUSHER,
                lambda connection: _flush_until(settings, redis, connection, stop, metrics),
                stop,
                FAILURES,
                tell,
            )
        finally:
            measuring.cancel()
            with suppress(asyncio.CancelledError):
                await measuring


async def run_once(settings: Settings) -> int:
    """Flush what Redis holds now; return how many batches were stored. Safe beside an active flusher."""
    async with _open_redis(settings) as redis, open_connection(settings, BATCH_SECONDS) as connection:
        # Twice, since live counters wait while there is a batch that was set aside before.
        return sum([await flush_all(redis, connection, settings.redis_replicas) for _ in range(2)])


@asynccontextmanager
async def _open_redis(settings: Settings) -> AsyncIterator[Redis]:
    redis = open_redis(settings, FENCE_MILLISECONDS / 1000 + REPLY_SECONDS)
    try:
        yield redis
    finally:
        await redis.aclose()


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
    await run(settings, stop_on_signal(), FlushMetrics())


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
