import asyncpg
import pytest

from adserver.console.accounts import (
    AccessError,
    Account,
    Role,
    add_account,
    add_api_key,
    find_by_api_key,
    find_by_password,
)

PASSWORD = "correct horse"


async def test_an_account_is_found_by_its_password(stocked: asyncpg.Connection) -> None:
    await add_account(stocked, " Reklam@Zeytin.example", Role.ADVERTISER, "zeytin", PASSWORD)
    found = await find_by_password(stocked, "reklam@zeytin.EXAMPLE ", PASSWORD)
    assert found is not None
    assert found[1] == Account("reklam@zeytin.example", Role.ADVERTISER, "zeytin")


async def test_a_wrong_password_finds_nobody(stocked: asyncpg.Connection) -> None:
    await add_account(stocked, "a@b.example", Role.ADMIN, None, PASSWORD)
    assert await find_by_password(stocked, "a@b.example", PASSWORD + " ") is None
    assert await find_by_password(stocked, "nobody@b.example", PASSWORD) is None


async def test_no_password_is_kept(stocked: asyncpg.Connection) -> None:
    await add_account(stocked, "a@b.example", Role.ADMIN, None, PASSWORD)
    assert (await stocked.fetchval("select password_hash from account")).startswith("$argon2id$")


@pytest.mark.parametrize(
    ("email", "role", "advertiser", "password", "message"),
    [
        pytest.param("a@b.example", Role.ADMIN, None, "short", "at least 8 characters", id="short password"),
        pytest.param("a@b.example", Role.ADVERTISER, None, PASSWORD, "needs the advertiser's key", id="no advertiser"),
        pytest.param("a@b.example", Role.ADVERTISER, "x", PASSWORD, "no advertiser 'x'", id="unknown advertiser"),
        pytest.param("a@b.example", Role.VIEWER, "zeytin", PASSWORD, "sees all advertisers", id="staff of one"),
        pytest.param("nobody", Role.ADMIN, None, PASSWORD, "'nobody' is not an e-mail address", id="no address"),
        pytest.param("taken@b.example", Role.ADMIN, None, PASSWORD, "account taken@b.example already", id="taken"),
    ],
)
async def test_an_account_that_does_not_fit_is_refused(
    stocked: asyncpg.Connection, email: str, role: Role, advertiser: str | None, password: str, message: str
) -> None:
    await add_account(stocked, "taken@b.example", Role.ADMIN, None, PASSWORD)
    with pytest.raises(AccessError, match=message):
        await add_account(stocked, email, role, advertiser, password)


async def test_an_api_key_is_shown_once_and_kept_as_a_hash(stocked: asyncpg.Connection) -> None:
    secret = await add_api_key(stocked, "newsroom", Role.ADVERTISER, "zeytin")
    assert await find_by_api_key(stocked, secret) == Account("newsroom", Role.ADVERTISER, "zeytin")
    assert await find_by_api_key(stocked, secret[:-1]) is None
    assert secret.encode() not in await stocked.fetchval("select key_hash from api_key")


async def test_an_api_key_of_the_same_name_is_refused(stocked: asyncpg.Connection) -> None:
    await add_api_key(stocked, "newsroom", Role.VIEWER)
    with pytest.raises(AccessError, match="API key 'newsroom' already"):
        await add_api_key(stocked, "newsroom", Role.VIEWER)
