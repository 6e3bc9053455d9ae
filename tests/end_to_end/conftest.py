"""A thousand readers of a paper, and what the service then reports."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.end_to_end.book import FLAT_DAYS, Book
from tests.end_to_end.folder import new_folder
from tests.end_to_end.paper import Paper
from tests.end_to_end.readers import ARTICLES, read_all, readers

READERS = 1000
SEED = 2
GROUPINGS = ("slot", "campaign", "day", "creative", "city,device")

FRESH_SECONDS = 2 + 3  # FLUSH_SECONDS and three more
PATIENCE = 4
"""By how much a busy machine may be slower."""

INVENTORY = Path(__file__).with_name("inventory.yaml")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`book` is what was sent, the others are what the service says, once it had all or its time was over."""

    book: Book
    reports: Mapping[str, Any]
    refused: Any
    views: Mapping[str, int]


@pytest.fixture(scope="module")
def paper() -> Iterator[Paper]:
    with new_folder() as folder:
        paper = Paper(folder)
        paper.start()
        yield paper
        paper.close()


@pytest.fixture(scope="module")
async def outcome(paper: Paper) -> Outcome:
    file = paper.folder / "inventory.yaml"
    file.write_text(_dated(INVENTORY.read_text(), paper))
    await paper.command("apply", str(file))
    await _until_known(paper)
    book = Book()
    await read_all(paper.port, readers(READERS, SEED), str(paper.today), book)
    deadline = time.monotonic() + FRESH_SECONDS * PATIENCE
    while (by_slot := await paper.report("--site", "haber", "--by", "slot")) != book.report("slot"):
        if time.monotonic() > deadline:
            break
    views = await _views(paper)
    rest = GROUPINGS[1:]
    answers = await asyncio.gather(
        *(paper.report("--site", "haber", "--by", by) for by in rest), paper.report("--invalid")
    )
    return Outcome(book, {"slot": by_slot, **dict(zip(rest, answers, strict=False))}, answers[-1], views)


def _dated(text: str, paper: Paper) -> str:
    last = paper.today + timedelta(days=FLAT_DAYS - 1)
    return text.replace("ZONE", paper.zone).replace("TODAY", str(paper.today)).replace("LAST", str(last))


async def _until_known(paper: Paper) -> None:
    """Wait until both workers have read the inventory: each answers some of many new connections."""
    known = 0
    while known < 20:
        answer = await paper.ask("GET", "/v1/ads?site=haber&slots=nothing", {})
        known = known + 1 if answer.status == 200 else 0


async def _views(paper: Paper) -> Mapping[str, int]:
    articles = "&".join(f"article={quote(article, safe='')}" for article in ARTICLES)
    views: Mapping[str, int] = json.loads((await paper.ask("GET", f"/v1/views/haber?{articles}", {})).body)
    return views
