"""A folder for a service's data."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import remove


@contextmanager
def new_folder() -> Iterator[Path]:
    """A new folder, removed in the end; with a short path for sockets, and reachable for PostgreSQL's account."""
    folder = Path(tempfile.mkdtemp(prefix="adserver-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        remove(folder)
