"""The data directory: what lies where in it, and that one service at a time uses it."""

import contextlib
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adserver.embedded.errors import DirectoryInUseError, EmbeddedError

# sun_path has 108 bytes on Linux and 104 on macOS, a zero byte included.
_SOCKET_PATH_BYTES = 103 if sys.platform == "darwin" else 107
# Root's PostgreSQL runs as another account, which must pass.
_FOLDER_MODE = 0o711 if os.geteuid() == 0 else 0o700
_LONGEST_SOCKET = "postgres/.s.PGSQL.5432"


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """The paths under `path`, which is absolute."""

    path: Path

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def metrics(self) -> Path:
        return self.run / "metrics"

    @property
    def sockets(self) -> Path:
        """A directory, or where the path is too long for sockets a link to a short temporary one."""
        return self.run / "sockets"

    @property
    def postgres_socket(self) -> Path:
        """The directory of the socket, which is what libpq's and asyncpg's `host` wants."""
        return self.sockets.resolve() / "postgres"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets.resolve() / "valkey.sock"

    @property
    def secret_key(self) -> Path:
        return self.path / "secret-key"

    @property
    def lock(self) -> Path:
        return self.path / "lock"


def data_directory(path: Path) -> DataDirectory:
    """The data directory at `path`, whose own folders are created where missing."""
    directory = DataDirectory(path.expanduser().absolute())
    with _usable(directory):
        directory.path.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        directory.run.mkdir(exist_ok=True, mode=_FOLDER_MODE)
        directory.logs.mkdir(exist_ok=True, mode=0o700)
        directory.valkey.mkdir(exist_ok=True, mode=0o700)
    return directory


@contextlib.contextmanager
def locked(directory: DataDirectory) -> Iterator[bool]:
    """Keep every other service out of the data directory; yields whether the last one was killed.

    The lock itself ends with the process, however it ends. Raises DirectoryInUseError.
    """
    with _usable(directory):
        file = os.open(directory.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        was_killed = _lock(file, directory)
        try:
            yield was_killed
        finally:
            os.truncate(file, 0)
    finally:
        os.close(file)


def prepare_sockets(directory: DataDirectory) -> None:
    """Make sure that `directory.sockets` is there and short enough. Other files in it stay."""
    # The directory may have been moved since it was last used.
    if directory.sockets.is_dir() and _is_short_enough(directory.sockets):
        return
    with _usable(directory):
        remove(directory.sockets)
        if _is_short_enough(directory.sockets):
            directory.sockets.mkdir(mode=_FOLDER_MODE)
        else:
            directory.sockets.symlink_to(_short_directory())


def discard_sockets(directory: DataDirectory) -> None:
    """Remove the directory of the sockets unless the other server still uses it."""
    with contextlib.suppress(OSError):
        directory.sockets.resolve().rmdir()
        if directory.sockets.is_symlink():
            directory.sockets.unlink()


def remove(path: Path) -> None:
    """Remove a file or a folder, or nothing."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _lock(file: int, directory: DataDirectory) -> bool:
    """The file names the process that holds the lock, and is emptied by one that stops as it should."""
    holder = os.pread(file, 20, 0).decode().strip()
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DirectoryInUseError(f"{directory.path} is in use by process {holder}") from None
    os.truncate(file, 0)
    os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    return holder != ""


def _short_directory() -> Path:
    path = Path(tempfile.mkdtemp(prefix="adserver-"))
    if not _is_short_enough(path):
        raise EmbeddedError(f"no room for sockets: the paths of the data directory and of {path.parent} are too long")
    return path


def _is_short_enough(sockets: Path) -> bool:
    # A comma would separate two hosts in a DSN.
    return len(os.fsencode(sockets.resolve() / _LONGEST_SOCKET)) <= _SOCKET_PATH_BYTES and "," not in str(sockets)


@contextlib.contextmanager
def _usable(directory: DataDirectory) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EmbeddedError(f"cannot use {directory.path} as data directory: {error.strerror}") from error
