"""The last inventory on the worker's disk, so that a worker that starts while Postgres is away can still serve."""

import logging
import os
import pickle
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from uuid import uuid4

from adserver import __version__
from adserver.inventory.model import Campaign, CreativeId, Inventory

logger = logging.getLogger(__name__)

# The file is our own, in a folder that only we write to; another release's is not read.
_PIECE = 50
_UNREADABLE = (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, TypeError, ValueError)


def keep(inventory: Inventory, path: Path) -> None:
    """Write the inventory, whole or not at all. A disk that refuses is told in the log: nothing depends on it yet."""
    partial = path.with_name(f"{path.name}.{uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for part in _parts(inventory):
                pickle.dump(part, file, pickle.HIGHEST_PROTOCOL)
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        logger.warning("the inventory is not kept: %s", error)


def kept(path: Path) -> Inventory | None:
    """Return the inventory kept last by this release, or None."""
    try:
        with path.open("rb") as file:
            version, inventory = pickle.load(file)  # noqa: S301 - see above
            if version != __version__ or not isinstance(inventory, Inventory):
                return None
            campaigns: list[Campaign] = []
            while part := pickle.load(file):  # noqa: S301
                campaigns += part
            urls: dict[CreativeId, str] = {}
            while pairs := pickle.load(file):  # noqa: S301
                urls.update(pairs)
    except (OSError, *_UNREADABLE):
        return None
    return replace(inventory, campaigns=campaigns, click_urls=urls)


def _parts(inventory: Inventory) -> Iterator[object]:
    """What `kept` reads, in pieces: other threads come to run only in between, and hundreds of campaigns take 1 ms."""
    yield __version__, replace(inventory, campaigns=(), click_urls={})
    for start in range(0, len(inventory.campaigns), _PIECE):
        yield inventory.campaigns[start : start + _PIECE]
    yield ()
    pairs = iter(inventory.click_urls.items())
    while piece := tuple(islice(pairs, 10 * _PIECE)):
        yield piece
    yield ()
