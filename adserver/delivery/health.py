"""`GET /live`, `/ready`, `/metrics`: for whoever runs the service."""

import asyncio
import os

from redis.exceptions import RedisError

from adserver.connections import POSTGRES_FAILURES
from adserver.delivery.context import Context
from adserver.delivery.http import NO_STORE, TEXT, Response
from adserver.metrics import exposition

PROBE_SECONDS = 2.0


def live() -> Response:
    """Answer 200 while the worker's loop runs."""
    return Response(200, (TEXT, NO_STORE), b"live\n")


async def ready(context: Context) -> Response:
    """Answer 200 when events can be counted; 503 with a line for each part that is missing.

    Postgres away is told and is no reason to send readers elsewhere: decisions and counting go on without it.
    """
    redis, postgres = await asyncio.gather(_redis_fault(context), _postgres_fault(context))
    inventory = "not read yet" if context.snapshot is None else None
    lines = [f"{name}: {fault or 'ok'}" for name, fault in _parts(inventory, redis, postgres)]
    is_ready = inventory is None and redis is None
    return Response(200 if is_ready else 503, (TEXT, NO_STORE), ("\n".join(lines) + "\n").encode())


async def metrics(context: Context) -> Response:
    """Answer with the sum over the workers; collecting reads files, so it is done in a thread."""
    context.metrics.publish()
    body = await asyncio.to_thread(exposition, os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
    return Response(200, ((b"content-type", b"text/plain; version=0.0.4; charset=utf-8"), NO_STORE), body)


def _parts(inventory: str | None, redis: str | None, postgres: str | None) -> list[tuple[str, str | None]]:
    return [("inventory", inventory), ("redis", redis), ("postgres", postgres)]


async def _redis_fault(context: Context) -> str | None:
    try:
        await asyncio.wait_for(context.redis.ping(), PROBE_SECONDS)
    except (RedisError, OSError, TimeoutError):
        return "away"
    return "counting waits" if context.commit.is_away() else None


async def _postgres_fault(context: Context) -> str | None:
    try:
        await asyncio.wait_for(context.pool.fetchval("select 1"), PROBE_SECONDS)
    except POSTGRES_FAILURES:
        return "away"
    return None
