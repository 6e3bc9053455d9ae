"""The system account that PostgreSQL runs as, which refuses root, and what that account must be able to reach."""

import logging
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from adserver.embedded.errors import EmbeddedError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """A system account that is not our own."""

    name: str
    uid: int
    gid: int


def postgres_account(data: Path) -> Account | None:
    """Whose processes may use the PostgreSQL directory `data`, existing or not; None is the account we run as.

    Only root needs another: the owner of existing data, else `postgres`, else `nobody`.
    """
    owner = data.stat().st_uid if data.exists() else None
    ours = os.geteuid()
    if ours != 0:
        if owner is None:
            _require_name(ours)
        elif owner != ours:
            raise EmbeddedError(f"{data} belongs to user id {owner}, and this is user id {ours}")
        return None
    if owner == 0:
        raise EmbeddedError(f"{data} belongs to root, as whom PostgreSQL does not run: chown -R it to another user")
    return _account(owner) if owner is not None else _unprivileged()


def make_reachable(path: Path, account: Account) -> None:
    """Let the account enter the folders above `path` that are closed to it: only the search bit is added."""
    for folder in reversed(path.resolve().parents):
        if not _may_enter(folder, account):
            _add_mode(folder, stat.S_IXOTH)
            _log.warning("opened %s for searching (chmod o+x): PostgreSQL runs as %s", folder, account.name)


def make_readable(folder: Path) -> None:
    """Let others read and execute what a strict umask closed at installation. One look at the folder tells."""
    if not folder.is_dir() or folder.stat().st_mode & 0o005 == 0o005:
        return
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            _add_mode(path, stat.S_IROTH | (stat.S_IXOTH if executable else 0))
    _log.warning("opened %s for reading (chmod -R o+rX)", folder)


def _unprivileged() -> Account:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        "PostgreSQL does not run as root, and there is no user postgres or nobody: start as another user"
    )


def _require_name(uid: int) -> None:
    """Only `initdb` wants a name; what it made runs without."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedError(f"user id {uid} has no entry in /etc/passwd, which PostgreSQL needs at first") from None


def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(f"user id {uid}", uid, uid)
    return Account(entry.pw_name, uid, entry.pw_gid)


def _may_enter(folder: Path, account: Account) -> bool:
    status = folder.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _add_mode(path: Path, bits: int) -> None:
    try:
        path.chmod(stat.S_IMODE(path.stat().st_mode) | bits)
    except OSError as error:
        raise EmbeddedError(f"PostgreSQL cannot reach {path}, and opening it failed: {error.strerror}") from error
