"""Makes the demo ready: creatives, inventory, a past, and accounts to look at it with."""

import asyncio
import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid5

import asyncpg

from adserver.console.accounts import Role, add_account
from adserver.counting.ledger import store_batch
from adserver.decision.build import build_index
from adserver.demo.articles import Section, edition
from adserver.demo.audience import ISTANBUL
from adserver.demo.campaigns import inventory_text
from adserver.demo.creatives import draw_missing
from adserver.demo.history import DAYS, days, readings_of
from adserver.demo.page import SITE
from adserver.inventory.apply import apply_file
from adserver.inventory.load import load_inventory

_ACCESS_FILE = "demo-access.json"
_HISTORY = UUID("0d5c3f1e-7a0b-4c57-9a52-6d7f0e3b8a11")
"""Names the batches of the past: day `n` of it has one id for ever."""

# The ledger forgets batches after some days, the first and the last at once.
_HAS_HISTORY = """
select exists (select from hourly) and (exists (select from flushed_batch where batch_id = $2)
                                        or not exists (select from flushed_batch where batch_id = $1))
"""

# 60 bits, easy to read out and to type: no letters that are taken for others or that a Turkish keyboard moves.
_LETTERS, _GROUP, _GROUPS = "abcdefghjkmnprstuvyz", 5, 3


class _Person(NamedTuple):
    title: str
    email: str
    role: Role
    advertiser: str | None
    path: str


_PEOPLE = (
    _Person("Publisher's console", "admin@demo.local", Role.ADMIN, None, "/console/"),
    _Person("Advertiser's reports", "zeytin@demo.local", Role.ADVERTISER, "zeytin", "/reports/"),
)


# In which the advertiser that may log in shows its ads, as inventory.yaml says: who opens the article and then the
# report finds the impression there.
_ADVERTISERS_SECTIONS = (Section.GUNDEM, Section.YEREL, Section.YASAM)


@dataclass(frozen=True, slots=True)
class Login:
    """Someone who may look, and where."""

    title: str
    email: str
    password: str
    address: str


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """What to open: the paper, an article of it, and the logins."""

    home: str
    article: str
    logins: tuple[Login, ...]


async def prepare(connection: asyncpg.Connection, data_dir: Path, base_url: str, now: datetime) -> DemoAccess:
    """Make what is missing and return what to open. Done again it adds no figures and keeps the passwords.

    Campaigns are dated around today anew, so that they run whenever the demo is started.
    """
    folder = data_dir / "demo"
    await asyncio.to_thread(draw_missing, folder)
    file = folder / "inventory.yaml"
    file.write_text(inventory_text(now.astimezone(ISTANBUL).date(), base_url), "utf-8")
    await apply_file(connection, file, prune=False, dry_run=False)
    await _write_history(connection, now)
    logins = await _open_accounts(connection, data_dir / _ACCESS_FILE, base_url)
    article = next(article for article in edition(now).articles if article.story.section in _ADVERTISERS_SECTIONS)
    return DemoAccess(f"{base_url}/demo/", base_url + article.path, logins)


async def _write_history(connection: asyncpg.Connection, now: datetime) -> None:
    """Write the past into a database that has no figures, or finish it where that was interrupted."""
    ids = [uuid5(_HISTORY, str(number)) for number in range(DAYS)]
    if await connection.fetchval(_HAS_HISTORY, ids[0], ids[-1]):
        return
    inventory = await load_inventory(connection)
    site = next(site for site in inventory.sites if site.key == SITE)
    readings = readings_of(edition(now).articles, now)
    for batch_id, counts in zip(ids, days(build_index(inventory), site, readings, now), strict=True):
        await store_batch(connection, batch_id, counts)


async def _open_accounts(connection: asyncpg.Connection, file: Path, base_url: str) -> tuple[Login, ...]:
    """Add the accounts that are missing, and those whose password is kept nowhere anew."""
    known = _kept_passwords(file)
    passwords = {person.email: known.get(person.email) or _new_password() for person in _PEOPLE}
    _write_private(file, json.dumps(passwords, indent=2))
    for person in _PEOPLE:
        exists = await connection.fetchval("select exists (select from account where email = $1)", person.email)
        if not exists or person.email not in known:
            await _replace_account(connection, person, passwords[person.email])
    return tuple(Login(p.title, p.email, passwords[p.email], base_url + p.path) for p in _PEOPLE)


async def _replace_account(connection: asyncpg.Connection, person: _Person, password: str) -> None:
    async with connection.transaction():
        await connection.execute("delete from account where email = $1", person.email)
        await add_account(connection, person.email, person.role, person.advertiser, password)


def _kept_passwords(file: Path) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return known


def _new_password() -> str:
    words = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(words)


def _write_private(file: Path, text: str) -> None:
    """Replace the file by one that only its owner can read."""
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    part.replace(file)
