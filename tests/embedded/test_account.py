"""The account that PostgreSQL runs as, and how little is opened to it."""

import os
import stat
from pathlib import Path

import pytest

from adserver.embedded.account import Account, make_reachable, make_readable, postgres_account
from adserver.embedded.errors import EmbeddedError

STRANGER = Account("stranger", uid=54321, gid=54321)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_closed_folders_above_get_the_search_bit_only(tmp_path, caplog):
    closed = tmp_path / "closed"
    target = closed / "open" / "target"
    target.mkdir(parents=True)
    for folder, bits in ((target, 0o700), (target.parent, 0o755), (closed, 0o700)):
        folder.chmod(bits)
    make_reachable(target, STRANGER)
    assert (mode(closed), mode(target.parent), mode(target)) == (0o701, 0o755, 0o700)
    assert f"opened {closed} for searching (chmod o+x): PostgreSQL runs as stranger" in caplog.messages


def test_folders_that_can_be_entered_are_left_alone(tmp_path, caplog):
    make_reachable(tmp_path / "target", STRANGER)
    caplog.clear()
    make_reachable(tmp_path / "target", STRANGER)
    assert caplog.messages == []


def test_files_that_a_strict_umask_closed_become_readable(tmp_path, caplog):
    package = tmp_path / "package"
    (package / "bin").mkdir(parents=True)
    (package / "bin" / "postgres").write_text("")
    (package / "bin" / "postgres").chmod(0o700)
    (package / "data").write_text("")
    (package / "data").chmod(0o600)
    (package / "bin").chmod(0o700)
    package.chmod(0o700)
    make_readable(package)
    assert mode(package) == mode(package / "bin") == mode(package / "bin" / "postgres") == 0o705
    assert mode(package / "data") == 0o604
    assert f"opened {package} for reading (chmod -R o+rX)" in caplog.messages


def test_we_run_postgresql_ourselves_unless_we_are_root(tmp_path):
    account = postgres_account(tmp_path / "new")
    assert (account is None) == (os.geteuid() != 0)


@needs_root
def test_root_runs_postgresql_as_the_owner_of_its_data(tmp_path):
    os.chown(tmp_path, 54321, 54321)
    assert postgres_account(tmp_path) == Account("user id 54321", 54321, 54321)


@needs_root
def test_data_that_belong_to_root_are_refused(tmp_path):
    with pytest.raises(EmbeddedError, match=f"{tmp_path} belongs to root, as whom PostgreSQL does not run: chown"):
        postgres_account(tmp_path)
