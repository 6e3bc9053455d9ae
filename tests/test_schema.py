"""The migrations: applied once, in order, each whole or not at all."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from adserver.schema import SchemaError, migrate, pending_migrations, sql_directory


async def applied(connection: asyncpg.Connection) -> list[str]:
    return [row["name"] for row in await connection.fetch("select name from schema_migration order by name")]


@pytest.fixture
async def empty(empty_database: str):
    connection = await asyncpg.connect(empty_database)
    yield connection
    await connection.close()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "001_first.sql").write_text("create table first (id integer)")
    (tmp_path / "002_second.sql").write_text("create table second (id integer); insert into first values (1)")
    (tmp_path / "figures_by_day.sql").write_text("select 'not a migration'")
    return tmp_path


def test_sql_directory_holds_the_migrations():
    assert (sql_directory() / "001_inventory.sql").is_file()


async def test_migrate_applies_all_to_an_empty_database_and_names_them(empty, directory):
    assert await pending_migrations(empty, directory=directory) == ["001_first", "002_second"]
    assert await migrate(empty, directory=directory) == ["001_first", "002_second"]
    assert await pending_migrations(empty, directory=directory) == []


async def test_second_migrate_applies_nothing(empty, directory):
    await migrate(empty, directory=directory)
    assert await migrate(empty, directory=directory) == []
    assert await empty.fetchval("select count(*) from first") == 1


async def test_real_migrations_leave_none_pending(empty):
    await migrate(empty)
    assert await pending_migrations(empty) == []


async def test_two_migrators_at_once_apply_each_migration_once(empty, empty_database, directory):
    other = await asyncpg.connect(empty_database)
    results = await asyncio.gather(migrate(empty, directory=directory), migrate(other, directory=directory))
    await other.close()
    assert sorted(results) == [[], ["001_first", "002_second"]]


async def test_failed_migration_leaves_nothing_of_itself_and_keeps_those_before(empty, directory):
    (directory / "002_second.sql").write_text("insert into first values (2); select no_such_column")
    with pytest.raises(SchemaError, match=r'migration 002_second: column "no_such_column" does not exist'):
        await migrate(empty, directory=directory)
    assert await applied(empty) == ["001_first"]
    assert await empty.fetchval("select count(*) from first") == 0


async def test_failed_migration_leaves_the_lock_free(empty, empty_database, directory):
    (directory / "002_second.sql").write_text("select no_such_column")
    with pytest.raises(SchemaError):
        await migrate(empty, directory=directory)
    (directory / "002_second.sql").write_text("create table second (id integer)")
    other = await asyncpg.connect(empty_database)
    assert await migrate(other, directory=directory) == ["002_second"]
    await other.close()


async def test_table_locked_by_another_program_is_named_after_the_timeout(empty, empty_database, directory):
    await migrate(empty, directory=directory)
    (directory / "003_third.sql").write_text("set local lock_timeout = '50ms'; alter table first add column name text")
    other = await asyncpg.connect(empty_database)
    async with other.transaction():
        await other.execute("lock table first")
        with pytest.raises(SchemaError, match="migration 003_third: another program holds a lock"):
            await migrate(empty, directory=directory)
    await other.close()


async def test_database_newer_than_the_program_is_refused(empty, directory):
    await migrate(empty, directory=directory)
    (directory / "002_second.sql").unlink()
    for call in (migrate, pending_migrations):
        with pytest.raises(SchemaError, match="newer than this version of adserver, which does not know 002_second"):
            await call(empty, directory=directory)


async def test_installation_without_sql_files_is_named(empty, tmp_path):
    with pytest.raises(SchemaError, match=r"no migrations in .*: the installation is incomplete"):
        await migrate(empty, directory=tmp_path)
