"""The database schema: the migrations in sql/ and which of them a database has."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg

from adserver.connections import AdvisoryLock, Connection

# A migration that waits longer for a table would make every query behind it wait too.
_LOCK_TIMEOUT = "5s"

_CREATE_TABLE = """
create table if not exists schema_migration (
    name text primary key,
    applied_at timestamptz not null default now()
)
"""


class SchemaError(Exception):
    """The schema cannot be brought up to date, or is newer than this version; the message is one line."""


def sql_directory() -> Path:
    """The folder of the SQL files: inside the package in a wheel, beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "sql"
    return inside if inside.is_dir() else package.parent / "sql"


async def migrate(connection: Connection, *, directory: Path | None = None) -> list[str]:
    """Apply the pending migrations, each in a transaction of its own, and return their names.

    What came before a failed migration stays applied, and the next call goes on from there.
    """
    files = _migration_files(directory or sql_directory())
    async with _only_migrator(connection):
        await connection.execute(_CREATE_TABLE)
        pending = await _pending(connection, files)
        for name in pending:
            await _apply(connection, name, files[name].read_text("utf-8"))
    return pending


async def pending_migrations(connection: Connection, *, directory: Path | None = None) -> list[str]:
    """Names of the migrations that the database lacks, in order; it may be empty of everything.

    Raises SchemaError when the database has migrations that this version does not know.
    """
    return await _pending(connection, _migration_files(directory or sql_directory()))


async def ensure_schema(connection: Connection, *, may_create: bool) -> None:
    """Raise SchemaError unless the schema is this version's. With `may_create` a first one is made."""
    if may_create and await _is_empty(connection):
        await migrate(connection)
    elif pending := await pending_migrations(connection):
        raise SchemaError(f"the schema lacks {', '.join(pending)}: run adserver migrate, or serve with --migrate")


async def _is_empty(connection: Connection) -> bool:
    return await connection.fetchval("select to_regclass('schema_migration')") is None


def _migration_files(directory: Path) -> dict[str, Path]:
    files = {path.stem: path for path in sorted(directory.glob("[0-9][0-9][0-9]_*.sql"))}
    if not files:
        raise SchemaError(f"no migrations in {directory}: the installation is incomplete")
    return files


async def _pending(connection: Connection, files: dict[str, Path]) -> list[str]:
    rows = [] if await _is_empty(connection) else await connection.fetch("select name from schema_migration")
    applied = {row["name"] for row in rows}
    if unknown := sorted(applied - files.keys()):
        raise SchemaError(
            f"the database is newer than this version of adserver, which does not know {', '.join(unknown)}:"
            " install the newer version"
        )
    return [name for name in files if name not in applied]


async def _apply(connection: Connection, name: str, sql: str) -> None:
    try:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
            await connection.execute(sql)
            await connection.execute("insert into schema_migration (name) values ($1)", name)
    except asyncpg.LockNotAvailableError as error:
        raise SchemaError(f"migration {name}: another program holds a lock on its tables; try again") from error
    except asyncpg.PostgresError as error:
        raise SchemaError(f"migration {name}: {error}") from error


@contextlib.asynccontextmanager
async def _only_migrator(connection: Connection) -> AsyncIterator[None]:
    await connection.execute("select pg_advisory_lock($1)", AdvisoryLock.SCHEMA)
    try:
        yield
    finally:
        # After a lost connection there is nothing to unlock, and its own error must not be hidden.
        if not connection.is_closed():
            await connection.execute("select pg_advisory_unlock($1)", AdvisoryLock.SCHEMA)
