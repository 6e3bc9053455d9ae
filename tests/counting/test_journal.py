import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from adserver.counting import journal as journal_module
from adserver.counting.events import EventKind
from adserver.counting.journal import Entry, Journal, JournalFull, read_entries

CLICK = Entry(EventKind.CLICK, "AQID", 1_790_000_000)
PIXEL = Entry(EventKind.IMPRESSION, "BAUG", 1_790_000_001)


class Added:
    def __init__(self) -> None:
        self.entries: list[Entry] = []

    async def __call__(self, entries: Sequence[Entry]) -> None:
        self.entries += entries


class Away(Exception):
    pass


async def away(entries: Sequence[Entry]) -> None:
    raise Away


async def test_what_was_appended_is_added_and_gone(tmp_path: Path) -> None:
    journal, added = Journal(tmp_path), Added()
    await asyncio.gather(*(journal.append(entry) for entry in (CLICK, PIXEL)))
    assert await journal.drain(added) == 2
    assert added.entries == [CLICK, PIXEL]
    assert await Journal(tmp_path).drain(added) == 0


async def test_what_cannot_be_added_stays(tmp_path: Path) -> None:
    journal, added = Journal(tmp_path), Added()
    await journal.append(CLICK)
    with pytest.raises(Away):
        await journal.drain(away)
    await journal.append(PIXEL)
    await journal.drain(added)
    assert sorted(added.entries) == sorted([CLICK, PIXEL])


async def test_a_living_workers_file_is_left_to_it(tmp_path: Path) -> None:
    owner, other, added = Journal(tmp_path), Journal(tmp_path), Added()
    await owner.append(CLICK)
    assert await other.drain(added) == 0
    assert await owner.drain(added) == 1


async def test_a_dead_workers_file_is_taken_over_once(tmp_path: Path) -> None:
    owner, added = Journal(tmp_path), Added()
    await owner.append(CLICK)
    owner.close()
    await asyncio.gather(*(Journal(tmp_path).drain(added) for _ in range(5)))
    assert added.entries == [CLICK]


async def test_a_full_journal_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "BYTES_LIMIT", 40)
    journal = Journal(tmp_path)
    await journal.append(CLICK)
    with pytest.raises(JournalFull):
        await journal.append(CLICK)
    await journal.drain(Added())
    await journal.append(CLICK)
    journal.close()


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        await Journal(tmp_path / "file").append(CLICK)


def test_a_line_cut_off_by_a_crash_is_passed_over() -> None:
    content = b"click AQID 1790000000\nimpression BAUG 17900"
    assert list(read_entries(content)) == [CLICK]


def test_a_line_that_is_damaged_does_not_hide_the_others() -> None:
    content = b"click AQID 1790000000\n\0\0\0\nseen AQID 1\nimpression BAUG 1790000001\n"
    assert list(read_entries(content)) == [CLICK, PIXEL]
