from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from adserver.console.accounts import Account, Role, add_account
from adserver.console.sessions import LIFETIME, begin_session, end_session, find_session

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WHO = Account("a@b.example", Role.ADMIN, None)


@pytest.fixture
async def token(connection: asyncpg.Connection) -> str:
    """The token of a session that began at NOW."""
    await add_account(connection, "a@b.example", Role.ADMIN, None, "correct horse")
    return await begin_session(connection, await connection.fetchval("select id from account"), NOW)


async def test_a_session_says_whose_it_is(connection: asyncpg.Connection, token: str) -> None:
    assert await find_session(connection, token, NOW) == WHO
    assert await find_session(connection, token + "x", NOW) is None


async def test_a_session_runs_out(connection: asyncpg.Connection, token: str) -> None:
    assert await find_session(connection, token, NOW + LIFETIME) is None


async def test_a_session_in_use_is_prolonged(connection: asyncpg.Connection, token: str) -> None:
    assert await find_session(connection, token, NOW + 10 * DAY) == WHO
    assert await find_session(connection, token, NOW + 20 * DAY) == WHO


async def test_an_ended_session_is_nobodys(connection: asyncpg.Connection, token: str) -> None:
    await end_session(connection, token)
    await end_session(connection, token)
    assert await find_session(connection, token, NOW) is None


async def test_the_token_itself_is_not_kept(connection: asyncpg.Connection, token: str) -> None:
    assert token.encode() not in await connection.fetchval("select token_hash from session")


async def test_sessions_that_ran_out_are_cleared_away(connection: asyncpg.Connection, token: str) -> None:
    await begin_session(connection, await connection.fetchval("select id from account"), NOW + LIFETIME)
    assert await connection.fetchval("select count(*) from session") == 1
