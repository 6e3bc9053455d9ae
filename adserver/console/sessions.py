"""Who is logged in: random tokens in cookies, of which the database holds only hashes."""

import secrets
from datetime import datetime, timedelta

from adserver.console.accounts import Account, Role, secret_hash
from adserver.reporting.scope import Connection

LIFETIME = timedelta(days=14)
_PROLONG_AFTER = timedelta(days=1)  # so that a page costs a write once a day, not each time

_BEGIN = "insert into session (token_hash, account_id, expires_at) values ($1, $2, $3)"
_FIND = """
select email, role, advertiser.key as advertiser, expires_at
from session join account on account.id = account_id left join advertiser on advertiser.id = advertiser_id
where token_hash = $1 and expires_at > $2
"""
_PROLONG = "update session set expires_at = $2 where token_hash = $1"
_END = "delete from session where token_hash = $1"
_FORGET_EXPIRED = "delete from session where expires_at <= $1"


async def begin_session(connection: Connection, account_id: int, now: datetime) -> str:
    """Log an account in and return the token for its cookie. Sessions that ran out are cleared away."""
    token = secrets.token_urlsafe(32)
    await connection.execute(_FORGET_EXPIRED, now)
    await connection.execute(_BEGIN, secret_hash(token), account_id, now + LIFETIME)
    return token


async def find_session(connection: Connection, token: str, now: datetime) -> Account | None:
    """Return whose session it is, and let it last LIFETIME from now on."""
    row = await connection.fetchrow(_FIND, secret_hash(token), now)
    if row is None:
        return None
    if row["expires_at"] < now + LIFETIME - _PROLONG_AFTER:
        await connection.execute(_PROLONG, secret_hash(token), now + LIFETIME)
    return Account(row["email"], Role(row["role"]), row["advertiser"])


async def end_session(connection: Connection, token: str) -> None:
    """Log out; ending a session twice changes nothing."""
    await connection.execute(_END, secret_hash(token))
