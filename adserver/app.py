"""Puts a web worker together: hot addresses in front, Starlette with the pages behind."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from adserver.api.routes import routes as api_routes
from adserver.connections import close_pool, open_pool, open_redis
from adserver.console.routes import routes as console_routes
from adserver.console.visit import not_found
from adserver.counting.commit import GroupCommit
from adserver.counting.journal import KEPT_SECONDS, Journal
from adserver.counting.readers import ReaderSecrets
from adserver.counting.token import Issuer, TokenKeys
from adserver.counting.velocity import Velocity
from adserver.counting.views import ViewCounts
from adserver.delivery.context import Context, Snapshot
from adserver.delivery.hot import HotAddresses
from adserver.delivery.replay import replay_journal
from adserver.forecast.interests import interests_of
from adserver.forecast.record import record_traffic
from adserver.inventory.kept import keep, kept
from adserver.inventory.model import Inventory
from adserver.inventory.watch import watch_inventory
from adserver.metrics import WebMetrics
from adserver.planner.blob import Published
from adserver.planner.watch import watch_paces
from adserver.settings import Settings

logger = logging.getLogger(__name__)

POOL_SIZE = 5
PUBLISH_SECONDS = 1.0
INVENTORY_SECONDS = 3.0
"""How long a worker waits for Postgres before it takes requests."""
SEEN_MARGIN_SECONDS = KEPT_SECONDS + 300
"""Seen bits outlive their tokens by as long as the journal may hold an event back, and by what clocks may differ."""


def create_app(settings: Settings, *, pages: Sequence[BaseRoute] = ()) -> HotAddresses:
    """Return the ASGI application of one worker; `pages` come beside the console's. Opens nothing until its lifespan
    begins. `settings` must name both servers and the secret."""
    metrics = WebMetrics()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_context(settings, metrics) as context:
            app.state.settings, app.state.pool, app.state.context = settings, context.pool, context
            hot.context = context
            yield

    handlers = {404: not_found}
    hot = HotAddresses(
        Starlette(routes=[*api_routes(), *console_routes(), *pages], lifespan=lifespan, exception_handlers=handlers)
    )
    return hot


@asynccontextmanager
async def open_context(settings: Settings, metrics: WebMetrics) -> AsyncIterator[Context]:
    """Open connections and background tasks; on the way out, send what is left to be counted."""
    if settings.secret_key is None:
        raise ValueError("secret_key is not set")
    redis = open_redis(settings)
    pool = await open_pool(settings, POOL_SIZE)
    issuer = Issuer(lambda: secrets.randbits(64))
    context = Context(
        settings=settings,
        keys=TokenKeys(settings.secret_key, settings.secret_key_previous),
        issuer=issuer,
        redis=redis,
        commit=GroupCommit(
            redis, issuer.number, settings.token_ttl_seconds + SEEN_MARGIN_SECONDS, settings.redis_replicas
        ),
        journal=Journal(settings.data_dir / "journal"),
        velocity=Velocity(settings.velocity_limits),
        readers=ReaderSecrets(redis),
        pool=pool,
        views=ViewCounts(pool),
        metrics=metrics,
    )
    path, loop, is_first_read = settings.data_dir / "run" / "inventory", asyncio.get_running_loop(), asyncio.Event()

    def use(inventory: Inventory) -> None:
        """Build the index, put it in use, keep it. Requests under way keep the snapshot they began with."""
        now, before = datetime.now(UTC), context.snapshot
        snapshot = Snapshot.of(inventory, now, before)
        snapshot.index.prepare(now, context.paces)
        context.snapshot = snapshot
        if before is not None:
            before.index.forget()
        context.traffic.use(interests_of(inventory, settings.traffic_dimensions))
        metrics.inventory_loaded.set_to_current_time()
        loop.call_soon_threadsafe(is_first_read.set)
        keep(inventory, path)

    def use_paces(published: Published) -> None:
        """Weigh the campaigns anew, and only then draw by the new weights."""
        if context.snapshot is not None:
            context.snapshot.index.get_ready(published.paces)
        context.paces = published.paces
        metrics.paces_made.set(published.at.timestamp())

    works = (
        watch_inventory(settings, use, metrics.inventory_failures.inc),
        watch_paces(redis, use_paces, metrics.pace_failures.inc),
        record_traffic(pool, context.traffic, metrics.traffic_dropped.inc),
        replay_journal(context),
        _publish(metrics),
    )
    tasks = [asyncio.create_task(work) for work in works]
    await _wait_for_inventory(context, is_first_read, path)
    try:
        yield context
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await context.commit.close()
        context.journal.close()
        await redis.aclose()
        await close_pool(pool)


async def _publish(metrics: WebMetrics) -> None:
    while True:
        await asyncio.sleep(PUBLISH_SECONDS)
        metrics.publish()


async def _wait_for_inventory(context: Context, is_first_read: asyncio.Event, path: Path) -> None:
    """Return once there is an inventory: Postgres' own, or while that is away the one kept last, or after all none."""
    with suppress(TimeoutError):
        await asyncio.wait_for(is_first_read.wait(), INVENTORY_SECONDS)
    if context.snapshot is None and (inventory := await asyncio.to_thread(kept, path)) is not None:
        logger.warning("Postgres is away: the inventory that was read last is in use")
        context.snapshot = await asyncio.to_thread(Snapshot.of, inventory)
