"""A file for events that nobody sends again (clicks, pixels) while Redis is away; added later, once.

One line an event, `<kind> <token> <Unix seconds>`, on disk before the browser is answered. Each worker writes to a file
of its own, locked while it lives; any worker takes over files whose writer is gone. A line that is added twice does no
harm, as its token's bit tells.
"""

import asyncio
import fcntl
import logging
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import uuid4

from adserver.counting.events import EVENT_KINDS, EventKind

logger = logging.getLogger(__name__)

BYTES_LIMIT = 64 * 1024 * 1024
"""About 700,000 events a worker; beyond it, events are refused."""

KEPT_SECONDS = 6 * 3600
"""Older lines are given up: by then a token's bit may have expired, and adding the line could count it twice."""

ENTRIES_A_BATCH = 500
_SUFFIX = ".journal"


class Entry(NamedTuple):
    """An event as it was accepted: `token` is its text, `time` Unix seconds."""

    kind: EventKind
    token: str
    time: int


class JournalFull(Exception):
    """The journal has reached BYTES_LIMIT."""


class Journal:
    """This worker's file, made on first use."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file: BinaryIO | None = None
        self._size = 0
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def append(self, entry: Entry) -> None:
        """Return when the entry is on disk. Raises JournalFull or OSError."""
        line = f"{entry.kind.value} {entry.token} {entry.time}\n".encode()
        if self._size + len(line) > BYTES_LIMIT:
            raise JournalFull
        self._size += len(line)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((line, future))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await future

    async def drain(self, add: Callable[[Sequence[Entry]], Awaitable[None]]) -> int:
        """Add the entries of all files that no living worker writes to, this worker's among them, and delete them.

        Returns how many were added. What `add` raises ends it; the file stays, and all of it is added next time.
        """
        self._let_go()
        added = 0
        for path in sorted(self._directory.glob(f"*{_SUFFIX}")):
            with _locked(path) as file:
                if file is None:
                    continue
                entries = list(read_entries(await asyncio.to_thread(file.read)))
                for start in range(0, len(entries), ENTRIES_A_BATCH):
                    await add(entries[start : start + ENTRIES_A_BATCH])
                path.unlink()
                added += len(entries)
        return added

    def close(self) -> None:
        """Leave the file to whoever drains next."""
        self._let_go()

    async def _write(self) -> None:
        """Write what waits, all of it with one flush to disk, until nothing waits."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._write_lines, [line for line, _ in waiting])
            except OSError as error:
                for _, future in waiting:
                    future.set_exception(error)
            else:
                for _, future in waiting:
                    future.set_result(None)

    def _write_lines(self, lines: Sequence[bytes]) -> None:
        if self._file is None:
            self._file = _create(self._directory)
        self._file.write(b"".join(lines))
        os.fsync(self._file.fileno())

    def _let_go(self) -> None:
        if self._file is not None and (self._writing is None or self._writing.done()):
            self._file.close()
            self._file, self._size = None, 0


def read_entries(content: bytes) -> Iterator[Entry]:
    """Yield the entries of a file's content; a line cut off by a crash was never confirmed and is passed over."""
    for line in content.split(b"\n")[:-1]:
        parts = line.decode("ascii", "replace").split(" ")
        if len(parts) == 3 and parts[0] in EVENT_KINDS and parts[2].isdigit():
            yield Entry(EVENT_KINDS[parts[0]], parts[1], int(parts[2]))
        else:
            logger.error("a line of the journal cannot be read: %r", line[:100])


def _create(directory: Path) -> BinaryIO:
    directory.mkdir(parents=True, exist_ok=True)
    file = (directory / f"{uuid4().hex}{_SUFFIX}").open("xb", buffering=0)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # The file's name must be on disk as well, or a power cut would lose what is in it.
    folder = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return file


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO | None]:
    """Open a file that nobody writes to or drains; None where somebody does."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        # It may have been drained and deleted between the look and the lock.
        yield file if os.fstat(file.fileno()).st_nlink else None
        return
    yield None
