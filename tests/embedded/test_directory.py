"""The data directory: one service at a time, and one line when it cannot be used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from adserver.embedded.directory import data_directory, locked
from adserver.embedded.errors import DirectoryInUseError, EmbeddedError

DIE_WITH_THE_LOCK = """
import os, sys
from pathlib import Path
from adserver.embedded.directory import data_directory, locked
with locked(data_directory(Path(sys.argv[1]))):
    os.kill(os.getpid(), 9)
"""


def test_second_service_on_the_directory_is_refused_by_the_first_ones_number(tmp_path):
    directory = data_directory(tmp_path)
    with (
        locked(directory),
        pytest.raises(DirectoryInUseError, match=f"{tmp_path} is in use by process {os.getpid()}"),
        locked(directory),
    ):
        pass


def test_directory_is_free_after_the_service_stopped(tmp_path):
    directory = data_directory(tmp_path)
    with locked(directory):
        pass
    with locked(directory) as was_killed:
        assert not was_killed


def test_directory_is_free_after_the_service_failed(tmp_path):
    directory = data_directory(tmp_path)
    with pytest.raises(ZeroDivisionError), locked(directory):
        raise ZeroDivisionError
    with locked(directory) as was_killed:
        assert not was_killed


def test_next_service_is_told_that_the_last_one_was_killed(tmp_path):
    subprocess.run([sys.executable, "-c", DIE_WITH_THE_LOCK, str(tmp_path)], check=False)
    with locked(data_directory(tmp_path)) as was_killed:
        assert was_killed


def test_directory_is_closed_to_other_users_but_for_passing(tmp_path):
    assert data_directory(tmp_path / "new" / "data").path.stat().st_mode & 0o066 == 0


def test_relative_directory_stays_where_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert data_directory(Path("data")).path == tmp_path / "data"


def test_file_in_the_place_of_the_directory_is_named(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(EmbeddedError, match=f"cannot use {tmp_path}/data as data directory: File exists"):
        data_directory(tmp_path / "data")
