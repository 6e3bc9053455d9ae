"""Who asks: the program that a bearer key belongs to, and whether its role may."""

import asyncpg
from starlette.requests import Request

from adserver.api.problem import Problem
from adserver.connections import Pool
from adserver.console.accounts import Account, find_by_api_key

UNAVAILABLE = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError)
_CHALLENGE = {"www-authenticate": 'Bearer realm="adserver"'}
_WRONG_KEY = {"www-authenticate": 'Bearer realm="adserver", error="invalid_token"'}
_WAIT = {"retry-after": "5"}


async def staff_of(request: Request) -> Account:
    """Return the program, of one of the publisher's roles. Raises Problem."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Problem(401, "a key is missing: Authorization: Bearer ads_…", _CHALLENGE)
    pool: Pool = request.app.state.pool
    try:
        async with pool.acquire() as connection:
            account = await find_by_api_key(connection, secret.strip())
    except UNAVAILABLE:
        raise Problem(503, "Postgres is away", _WAIT) from None
    if account is None:
        raise Problem(
            401,
            "there is no such key",
            _WRONG_KEY,
        )
    if not account.role.is_staff:
        raise Problem(403, f"the role {account.role} may not read this")
    return account
