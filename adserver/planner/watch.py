"""Keeps a worker's weights current: read from Redis every few seconds, the old ones kept when none come."""

import asyncio
import logging
from collections.abc import Callable
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from adserver.counting import keys
from adserver.planner.blob import Published, UnreadableBlob, decode, version_of

logger = logging.getLogger(__name__)

READ_SECONDS = 2.0
FAILURES = (RedisError, OSError)


async def watch_paces(
    redis: Redis, use: Callable[[Published], object], count_failure: Callable[[], object], seconds: float = READ_SECONDS
) -> None:
    """Call `use` in a thread with each version of the weights, until cancelled."""
    version, is_unreadable = None, False
    while True:
        try:
            blob = cast("bytes | None", await redis.get(keys.paces()))
            if blob is not None and version_of(blob) != version:
                published = await asyncio.to_thread(decode, blob)
                await asyncio.to_thread(use, published)
                version = published.paces.version
            is_unreadable = False
        except FAILURES:
            count_failure()
        except UnreadableBlob as error:
            count_failure()
            if not is_unreadable:
                logger.error("the weights cannot be read, those read last stay in use: %s", error)
            is_unreadable = True
        await asyncio.sleep(seconds)
