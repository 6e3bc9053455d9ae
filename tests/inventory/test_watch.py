"""A worker's inventory follows Postgres: what has not changed stays the same objects, what has changed arrives."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from adserver.inventory.apply import apply_text
from adserver.inventory.model import Inventory, Status
from adserver.inventory.watch import building, watch_inventory
from adserver.settings import read_settings
from tests.inventory.files import small
from tests.waiting import PATIENCE_SECONDS

C = "advertisers.0.campaigns.0"


class Worker:
    """What a worker is told of, in order."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._told: asyncio.Queue[Inventory] = asyncio.Queue()
        self.failures = 0

    def use(self, inventory: Inventory) -> None:
        self._loop.call_soon_threadsafe(self._told.put_nowait, inventory)

    def count_failure(self) -> None:
        self.failures += 1

    async def next(self) -> Inventory:
        return await asyncio.wait_for(self._told.get(), PATIENCE_SECONDS)


@pytest.fixture
async def worker(database: str, connection: asyncpg.Connection) -> AsyncIterator[Worker]:
    """One that has read two campaigns."""
    for changes in ([], [(f"{C}.key", "two")]):
        await apply_text(connection, small(*changes), Path("/nowhere"), prune=False, dry_run=False)
    worker = Worker()
    settings = read_settings({"ADSERVER_DATABASE_URL": database, "ADSERVER_SECRET_KEY": "0" * 32})
    task = asyncio.create_task(watch_inventory(settings, worker.use, worker.count_failure))
    yield worker
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_campaign_that_changes_arrives_and_the_others_stay(
    worker: Worker, connection: asyncpg.Connection
) -> None:
    first = await worker.next()
    await connection.execute("update campaign set status = 'paused' where key = 'two'")
    second = await worker.next()
    assert [each.status for each in second.campaigns] == [Status.ACTIVE, Status.PAUSED]
    assert second.campaigns[0] is first.campaigns[0]
    assert second.sites is first.sites


async def test_site_that_changes_arrives(worker: Worker, connection: asyncpg.Connection) -> None:
    await worker.next()
    await connection.execute("update site set name = 'Yeni Ad' where key = 'demo'")
    assert [site.name for site in (await worker.next()).sites] == ["Yeni Ad", "London Daily"]
    assert worker.failures == 0


def test_building_leaves_the_collector_and_the_threads_as_they_were() -> None:
    before = sys.getswitchinterval()
    with building():
        assert not gc.isenabled()
        assert sys.getswitchinterval() < before
    assert gc.isenabled()
    assert sys.getswitchinterval() == before
    gc.unfreeze()
