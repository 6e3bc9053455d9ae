"""The paper of the forecast's tests, up to the present hour."""

from datetime import UTC, datetime

import asyncpg
import pytest

from tests.forecast.conftest import add_history


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def paper(connection: asyncpg.Connection, now: datetime) -> asyncpg.Connection:
    await add_history(connection, now)
    return connection
