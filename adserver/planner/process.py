"""The planner process: one of a fleet is active; it plans every few minutes and publishes weights every two seconds.

While Postgres is away nothing new can be known of what was delivered, so no weights are made: workers keep theirs.
While Redis is away planning goes on, and weights are published as soon as it is back.
"""

import asyncio
import logging
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError

from adserver.connections import POSTGRES_FAILURES, AdvisoryLock, Connection, open_connection, open_redis
from adserver.counting import keys
from adserver.inventory.model import Inventory
from adserver.inventory.watch import watch_inventory
from adserver.metrics import PlannerMetrics
from adserver.planner.blob import encode
from adserver.planner.planner import Planner
from adserver.process.lease import stop_on_signal, wait_or_stop, work_while_active
from adserver.process.log import configure_logging
from adserver.settings import Settings, SettingsError, read_settings

logger = logging.getLogger(__name__)

WEIGHT_SECONDS = 2.0
PACES_SECONDS = 600
READ_SECONDS = 120.0
"""How long Postgres may take to sum the figures of weeks up."""

UNUSABLE = (ValueError, KeyError, IndexError, ArithmeticError)
"""What planning raises for an inventory or figures that it cannot read; the plan before stays in use."""


class _Latest:
    """The inventory as it was last read, and whether it has been planned for."""

    def __init__(self) -> None:
        self.inventory: Inventory | None = None
        self.is_new = False

    def use(self, inventory: Inventory) -> None:
        self.inventory, self.is_new = inventory, True


async def run(settings: Settings, stop: asyncio.Event, metrics: PlannerMetrics) -> None:
    """Plan and publish until `stop`, whenever this is the active planner. Outages are sat out."""
    redis = open_redis(settings)

    def tell(failure: Exception) -> None:
        metrics.failures.inc()
        logger.warning("planning waits: %s", failure or type(failure).__name__)

    try:
        await work_while_active(
            lambda: open_connection(settings, READ_SECONDS),
            AdvisoryLock.PLANNER,
            lambda connection: _plan_until(settings, redis, connection, stop, metrics),
            stop,
            POSTGRES_FAILURES,
            tell,
        )
    finally:
        await redis.aclose()


async def _plan_until(
    settings: Settings, redis: Redis, connection: Connection, stop: asyncio.Event, metrics: PlannerMetrics
) -> None:
    # The same queries ask for hours and for weeks: a plan that knows neither took 48 s for what takes 0.02.
    await connection.execute("set plan_cache_mode = force_custom_plan")
    latest = _Latest()
    watching = asyncio.create_task(watch_inventory(settings, latest.use, metrics.failures.inc))
    planner, publisher = Planner(settings.traffic_days), _Publisher(redis, metrics)
    due = datetime.min.replace(tzinfo=UTC)
    try:
        while not stop.is_set():
            now = datetime.now(UTC)
            if latest.inventory is not None:
                if latest.is_new or now >= due:
                    latest.is_new = False
                    due = now + timedelta(seconds=settings.plan_seconds)
                    await _plan(planner, connection, latest.inventory, now, metrics)
                await publisher.publish(planner, connection)
                await planner.tidy(connection, now)
            await wait_or_stop(stop, WEIGHT_SECONDS if latest.inventory else WEIGHT_SECONDS / 20)
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _plan(
    planner: Planner, connection: Connection, inventory: Inventory, now: datetime, metrics: PlannerMetrics
) -> None:
    try:
        with metrics.plan_seconds.time():
            await planner.make_plan(connection, inventory, now)
    except UNUSABLE:
        metrics.failures.inc()
        logger.exception("the plan cannot be made, the one before stays in use")
        return
    metrics.last_plan.set_to_current_time()
    metrics.planned_campaigns.set(len(planner.plan.campaigns) if planner.plan else 0)


class _Publisher:
    """Sets the weights in Redis, and says once when it cannot."""

    def __init__(self, redis: Redis, metrics: PlannerMetrics) -> None:
        self._redis = redis
        self._metrics = metrics
        self._is_away = False

    async def publish(self, planner: Planner, connection: Connection) -> None:
        now = datetime.now(UTC)
        paces = await planner.paces(connection, now)
        try:
            await self._redis.set(keys.paces(), encode(paces, now), ex=PACES_SECONDS)
        except (RedisError, OSError) as error:
            self._metrics.failures.inc()
            if not self._is_away:
                logger.warning("weights wait for Redis: %s", error or type(error).__name__)
            self._is_away = True
            return
        self._is_away = False
        self._metrics.last_weights.set_to_current_time()


async def _serve(settings: Settings) -> None:
    await run(settings, stop_on_signal(), PlannerMetrics())


def main() -> int:
    """Run the planner with settings from the environment, until SIGTERM."""
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logging(settings.log_level, "planner")
    asyncio.run(_serve(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
