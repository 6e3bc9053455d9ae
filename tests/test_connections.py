"""How a pool ends: what is on its way back arrives, what does not come back is cut."""

import asyncio

import asyncpg
import pytest

from adserver import connections
from adserver.connections import Pool, close_pool, open_pool
from tests.delivery.conftest import settings_for
from tests.waiting import until

SESSIONS = "select count(*) from pg_stat_activity where datname = current_database()"


@pytest.fixture
async def pool(database: str, redis_url: str) -> Pool:
    """For one connection."""
    return await open_pool(settings_for(database, redis_url), 1)


# With `pool.terminate()` it failed, and nobody was there to be told but the log: "Task exception was never retrieved".
async def test_a_connection_on_its_way_back_arrives_though_its_user_was_cancelled(pool: Pool) -> None:
    connection = await pool.acquire()
    others = asyncio.all_tasks()
    user = asyncio.create_task(pool.release(connection))
    await asyncio.sleep(0)
    user.cancel()
    [returning] = asyncio.all_tasks() - others - {user}
    await close_pool(pool)
    await returning


async def test_a_connection_that_does_not_come_back_is_cut(
    pool: Pool, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "CLOSE_SECONDS", 0.05)
    await pool.acquire()
    await close_pool(pool)

    async def is_alone() -> bool:
        return await connection.fetchval(SESSIONS) == 1

    await until(is_alone)
