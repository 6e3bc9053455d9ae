"""The last inventory on the worker's disk, so that a worker that starts while Postgres is away can still serve."""

import logging
import os
import pickle
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from adserver import __version__
from adserver.inventory.model import Inventory

logger = logging.getLogger(__name__)

# The file is our own, in a folder that only we write to; another release's is not read.
_UNREADABLE = (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, TypeError, ValueError)


def keep(inventory: Inventory, path: Path) -> None:
    """Write the inventory, whole or not at all. A disk that refuses is told in the log: nothing depends on it yet."""
    partial = path.with_name(f"{path.name}.{uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            pickle.dump((__version__, inventory), file, pickle.HIGHEST_PROTOCOL)
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        logger.warning("the inventory is not kept: %s", error)


def kept(path: Path) -> Inventory | None:
    """Return the inventory kept last by this release, or None."""
    try:
        version, inventory = pickle.loads(path.read_bytes())  # noqa: S301 - see above
    except (OSError, *_UNREADABLE):
        return None
    return inventory if version == __version__ and isinstance(inventory, Inventory) else None
