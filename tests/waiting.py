"""Waiting for what is to happen, and letting time pass at once."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

from redis.exceptions import RedisError

PATIENCE_SECONDS = 60.0
"""How long a busy machine may take: only a test that fails waits so long."""


async def until(holds: Callable[[], Awaitable[object] | object]) -> None:
    """Wait until the condition holds; a server that is not there yet is none."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await _answer(holds):
            await asyncio.sleep(0.01)


async def _answer(holds: Callable[[], Awaitable[object] | object]) -> object:
    try:
        answer = holds()
        return await answer if isawaitable(answer) else answer
    except (RedisError, OSError):
        return False


async def pass_time(seconds: float) -> None:
    """Put the loop's clock forward, and let everything happen that was to happen by then. It is never put back."""
    loop = asyncio.get_running_loop()
    clock = loop.time
    loop.time = lambda: clock() + seconds  # type: ignore[method-assign]
    for _ in range(2):  # what is due is begun after those who are ready
        await asyncio.sleep(0)
