"""Who may look at what: accounts of people and keys of programs."""

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

import asyncpg

from adserver.console.passwords import hash_password, is_password
from adserver.reporting.scope import Connection

PASSWORD_LENGTH = 8  # at least, as NIST SP 800-63B asks
KEY_PREFIX = "ads_"  # by which secret scanners, and people, know one


class AccessError(Exception):
    """An account or key that cannot be made, in words for the operator."""


class Role(StrEnum):
    """Admins and traffickers change things, viewers of the publisher see all, advertisers their own campaigns."""

    ADMIN = "admin"
    TRAFFICKER = "trafficker"
    VIEWER = "viewer"
    ADVERTISER = "advertiser"

    @property
    def is_staff(self) -> bool:
        """Say whether the role is one of the publisher's."""
        return self is not Role.ADVERTISER


@dataclass(frozen=True, slots=True)
class Account:
    """`name` is an e-mail address, or what an API key is called; `advertiser` a key, of the advertiser's role only."""

    name: str
    role: Role
    advertiser: str | None


_ADD_ACCOUNT = "insert into account (email, role, advertiser_id, password_hash) values ($1, $2, $3, $4)"
_ADD_KEY = "insert into api_key (name, role, advertiser_id, key_hash) values ($1, $2, $3, $4)"
_BY_EMAIL = """
select account.id, email, role, advertiser.key as advertiser, password_hash
from account left join advertiser on advertiser.id = advertiser_id where email = $1
"""
_BY_KEY = """
select api_key.name, role, advertiser.key as advertiser
from api_key left join advertiser on advertiser.id = advertiser_id where key_hash = $1
"""


async def add_account(
    connection: Connection, email: str, role: Role, advertiser_key: str | None, password: str
) -> None:
    """Add a person. Raises AccessError where the e-mail is taken or something does not fit."""
    email = normal_email(email)
    if len(password) < PASSWORD_LENGTH:
        raise AccessError(f"the password needs at least {PASSWORD_LENGTH} characters")
    advertiser = await _advertiser_id(connection, role, advertiser_key)
    try:
        await connection.execute(_ADD_ACCOUNT, email, role, advertiser, await hash_password(password))
    except asyncpg.UniqueViolationError:
        raise AccessError(f"there is an account {email} already") from None
    except asyncpg.CheckViolationError:
        raise AccessError(f"{email!r} is not an e-mail address") from None


async def add_api_key(connection: Connection, name: str, role: Role, advertiser_key: str | None = None) -> str:
    """Add a program and return its secret, which is kept nowhere. Raises AccessError as `add_account` does."""
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    advertiser = await _advertiser_id(connection, role, advertiser_key)
    try:
        await connection.execute(_ADD_KEY, name, role, advertiser, secret_hash(secret))
    except asyncpg.UniqueViolationError:
        raise AccessError(f"there is an API key {name!r} already") from None
    return secret


async def find_by_password(connection: Connection, email: str, password: str) -> tuple[int, Account] | None:
    """Return the account and its id; None, after as long a time, whether the e-mail or the password is wrong."""
    row = await connection.fetchrow(_BY_EMAIL, normal_email(email))
    if not await is_password(password, row["password_hash"] if row else None) or row is None:
        return None
    return row["id"], Account(row["email"], Role(row["role"]), row["advertiser"])


async def find_by_api_key(connection: Connection, secret: str) -> Account | None:
    """Return the program that the secret belongs to."""
    row = await connection.fetchrow(_BY_KEY, secret_hash(secret))
    return Account(row["name"], Role(row["role"]), row["advertiser"]) if row else None


def normal_email(email: str) -> str:
    """Return the form in which e-mail addresses are kept and compared."""
    # Postgres takes a NUL in no text.
    return email.replace("\0", "").strip().lower()


def secret_hash(secret: str) -> bytes:
    """Return what is kept of a random secret; being random, it needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


async def _advertiser_id(connection: Connection, role: Role, key: str | None) -> int | None:
    if role.is_staff:
        if key is not None:
            raise AccessError(f"the role {role} sees all advertisers; only the role advertiser takes one")
        return None
    if key is None:
        raise AccessError("the role advertiser needs the advertiser's key")
    found: int | None = await connection.fetchval("select id from advertiser where key = $1", key)
    if found is None:
        raise AccessError(f"there is no advertiser {key!r}")
    return found
