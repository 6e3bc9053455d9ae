"""What the demo tells to open."""

from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from adserver.commands.demo import describe, prepare_apart
from adserver.commands.faults import Fault
from adserver.commands.setup import command_environment
from adserver.demo.access import DemoAccess, Login
from adserver.settings import read_settings


def test_demo_tells_what_to_open_and_with_which_login():
    login = Login("Console", "admin@demo.local", "a-b-c", "http://localhost:8000/console/")
    access = DemoAccess("http://localhost:8000/demo/", "http://localhost:8000/demo/haber/1", (login,))
    assert describe(access).splitlines() == [
        "  News site   http://localhost:8000/demo/",
        "  An article  http://localhost:8000/demo/haber/1",
        "  Console     http://localhost:8000/console/  admin@demo.local a-b-c",
    ]


def test_what_was_prepared_is_told_whole() -> None:
    login = Login("Console", "admin@demo.local", "a-b-ç", "http://localhost:8000/console/")
    access = DemoAccess("http://localhost:8000/demo/", "http://localhost:8000/demo/haber/1", (login, login))
    assert DemoAccess.from_json(access.to_json()) == access


async def test_demo_is_prepared_in_a_process_of_its_own(
    connection: asyncpg.Connection, database: str, tmp_path: Path
) -> None:
    environment = command_environment(database_url=database, redis_url="", data_dir=tmp_path)
    settings = replace(read_settings(environment), data_dir=tmp_path)
    access = await prepare_apart(settings, "http://localhost:1", environment)
    assert access.home == "http://localhost:1/demo/"
    assert await connection.fetchval("select count(*) > 0 from hourly")


async def test_demo_that_cannot_be_prepared_says_so(tmp_path: Path) -> None:
    environment = command_environment(database_url="postgresql://127.0.0.1:1/none", redis_url="", data_dir=tmp_path)
    with pytest.raises(Fault, match="the demo could not be prepared"):
        await prepare_apart(read_settings(environment), "http://localhost:1", environment)
