"""Makes the demo ready: creatives, inventory, a past, and accounts to look at it with.

`python -m adserver.demo.prepare --base-url URL --data-dir FOLDER --tell FD`, with ADSERVER_DATABASE_URL: a process of
its own, since drawing takes megabytes that the supervisor would hold for as long as the demo runs.
"""

import argparse
import asyncio
import json
import os
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid5

import asyncpg

from adserver.connections import CONNECT_SECONDS
from adserver.console.accounts import Role, add_account
from adserver.counting.ledger import ArticleReaders, Batch, store_batches
from adserver.decision.build import build_index
from adserver.demo.access import DemoAccess, Login
from adserver.demo.articles import Section, edition
from adserver.demo.audience import ISTANBUL
from adserver.demo.campaigns import inventory_text
from adserver.demo.creatives import draw_missing
from adserver.demo.history import DAYS, days, readers_of, readings_of
from adserver.demo.page import SITE
from adserver.inventory.apply import apply_file
from adserver.inventory.load import load_inventory
from adserver.settings import PREFIX

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


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m adserver.demo.prepare")
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--data-dir", required=True, type=Path)
    parser.add_argument("--tell", required=True, type=int, help="the file descriptor that gets what to open")
    options = parser.parse_args(arguments)
    access = asyncio.run(_prepare(os.environ[f"{PREFIX}DATABASE_URL"], options.data_dir, options.base_url))
    with os.fdopen(options.tell, "w", encoding="utf-8") as told:
        told.write(access.to_json())


async def _prepare(database_url: str, data_dir: Path, base_url: str) -> DemoAccess:
    connection = await asyncpg.connect(database_url, timeout=CONNECT_SECONDS)
    try:
        return await prepare(connection, data_dir, base_url, datetime.now(UTC))
    finally:
        await connection.close()


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
        await store_batches(connection, [Batch(batch_id, counts)], _answering(readers_of(counts)))


def _answering(readers: Sequence[ArticleReaders]) -> Callable[[], Awaitable[Sequence[ArticleReaders]]]:
    async def answer() -> Sequence[ArticleReaders]:
        return readers

    return answer


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


if __name__ == "__main__":
    main()
