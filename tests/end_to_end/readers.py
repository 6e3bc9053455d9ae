"""A thousand readers of a news site over HTTP: each sort does something of its own, and enters it in the book."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from random import Random
from typing import NamedTuple
from urllib.parse import quote

from tests.end_to_end.book import Book, Cell
from tests.faults.http import Answer, Browser

SLOTS = ("top", "in-article", "footer")
ARTICLES = ("2026-kasım-1", "2", "spor/3")
CONNECTIONS = 24

# As readers' pages send a city, and as reports name it.
CITIES = {"Antalya": "Antalya", "K.Maraş": "Kahramanmaraş", "istanbul": "İstanbul", "Atlantis": "other", "": ""}
AGENTS = {
    "desktop": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
    "mobile": "Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0",
    "tablet": "Mozilla/5.0 (Android 16; Tablet; rv:150.0) Gecko/150.0 Firefox/150.0",
}
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


class Sort(StrEnum):
    """What a reader is up to; all but the first are one in twenty each."""

    ORDINARY = "ordinary"
    ROBOT = "declared_bot"
    NAMELESS = "blank_user_agent"
    PREFETCHING = "prefetch"
    FORGING = "forged"
    REPLAYING = "duplicate"
    READING_AGAIN = "repeated"
    WITHOUT_SCRIPTS = "pixel"
    CLICKING_UNSEEN = "unseen"


REFUSED = (Sort.ROBOT, Sort.NAMELESS, Sort.PREFETCHING)


class Reader(NamedTuple):
    sort: Sort
    article: str
    city: str
    device: str
    headers: Mapping[str, str]
    draw: Random


class Ad(NamedTuple):
    cell: Cell
    token: str


class Page(NamedTuple):
    ads: Sequence[Ad]
    view: str


def readers(number: int, seed: int) -> list[Reader]:
    return [_reader(at, Random(f"{seed}-{at}")) for at in range(number)]


async def read_all(port: int, crowd: Sequence[Reader], day: str, book: Book) -> None:
    """Let the readers come over CONNECTIONS connections, in turn."""
    waiting = iter(crowd)

    async def one_connection() -> None:
        browser = Browser(port)
        for reader in waiting:
            await _Visit(browser, reader, day, book).read()
        browser.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(one_connection())


def _reader(number: int, draw: Random) -> Reader:
    sorts = list(Sort)
    sort = sorts[number % 20] if number % 20 < len(sorts) else Sort.ORDINARY
    device = draw.choice(list(AGENTS))
    # Networks of carriers (RFC 6598), so that each is a reader of its own and none is too fast.
    headers = {"user-agent": AGENTS[device], "x-forwarded-for": f"100.{64 + number // 250}.{number % 250}.7"}
    if sort is Sort.ROBOT:
        headers["user-agent"], device = ROBOT, "other"
    if sort is Sort.NAMELESS:
        headers["user-agent"], device = "", "other"
    if sort is Sort.PREFETCHING:
        headers["sec-purpose"] = "prefetch;prerender"
    return Reader(sort, draw.choice(ARTICLES), draw.choice(list(CITIES)), device, headers, draw)


class _Visit:
    """One reader on one page."""

    def __init__(self, browser: Browser, reader: Reader, day: str, book: Book) -> None:
        self._browser = browser
        self._reader = reader
        self._day = day
        self._book = book

    async def read(self) -> None:
        page = await self._open()
        match self._reader.sort:
            case Sort.FORGING:
                await self._forge(page)
            case Sort.WITHOUT_SCRIPTS:
                await self._load_pixels(page)
            case Sort.CLICKING_UNSEEN:
                await self._click(page.ads[0])
            case _:
                await self._look(page)
        if self._reader.sort is Sort.READING_AGAIN:
            again = await self._open()
            await self._report([f"view {again.view}"])
            self._book.refuse(None, "view", "repeated")

    async def _open(self) -> Page:
        city = f"&kv.city={quote(self._reader.city)}" if self._reader.city else ""
        article = quote(self._reader.article, safe="")
        answer = await self._ask("GET", f"/v1/ads?site=haber&slots={','.join(SLOTS)}&article={article}{city}", 200)
        asked = json.loads(answer.body)
        ads = [Ad(self._cell(slot, ad), ad["token"]) for slot, ad in asked["slots"].items() if ad is not None]
        for cell in [ad.cell for ad in ads] + [self._cell(slot, None) for slot in asked["why"]]:
            self._book.request(cell)
        return Page(ads, asked["view"])

    async def _look(self, page: Page) -> None:
        """As the tag does: impressions with the view, what came into view later, then perhaps a click."""
        first = [(ad, "impression") for ad in page.ads]
        await self._tell([f"view {page.view}"], first)
        self._view(page)
        later = [(ad, "viewable") for ad in page.ads if self._reader.draw.random() < 0.6]
        if later:
            await self._tell([], later)
        for ad in page.ads:
            if self._reader.draw.random() < 0.1:
                await self._click(ad)
        if self._reader.sort is Sort.REPLAYING:
            await self._report([f"{kind} {ad.token}" for ad, kind in first] + [f"view {page.view}"])
            for ad, kind in first:
                self._book.refuse(ad.cell, kind, "duplicate")
            self._book.refuse(None, "view", "duplicate")

    async def _tell(self, lines: list[str], events: Sequence[tuple[Ad, str]]) -> None:
        await self._report([*lines, *(f"{kind} {ad.token}" for ad, kind in events)])
        for ad, kind in events:
            self._count(ad, kind)

    async def _click(self, ad: Ad) -> None:
        await self._ask("GET", f"/v1/c/{ad.token}", 302)
        self._count(ad, "click")

    async def _load_pixels(self, page: Page) -> None:
        for ad in page.ads:
            await self._ask("GET", f"/v1/i/{ad.token}.gif", 200)
            self._count(ad, "impression")

    async def _forge(self, page: Page) -> None:
        ad = page.ads[0]
        forged = ad.token[:-1] + ("A" if ad.token[-1] != "A" else "Q")
        await self._report([f"impression {forged}", f"click {forged}", f"view {forged}"])
        await self._ask("GET", f"/v1/c/{forged}", 404)
        for kind in ("impression", "click", "view"):
            self._book.refuse(None, kind, "forged")

    def _count(self, ad: Ad, kind: str) -> None:
        if self._reader.sort in REFUSED:
            self._book.refuse(ad.cell, kind, self._reader.sort)
        else:
            self._book.count(ad.cell, kind)

    def _view(self, page: Page) -> None:
        if self._reader.sort in REFUSED:
            self._book.refuse(None, "view", self._reader.sort)
        else:
            self._book.views[self._reader.article] += 1

    async def _report(self, lines: Sequence[str]) -> None:
        await self._ask("POST", "/v1/events", 204, "\n".join(lines).encode())

    async def _ask(self, method: str, path: str, status: int, body: bytes = b"") -> Answer:
        answer = await self._browser.ask(method, path, self._reader.headers, body)
        assert answer is not None, f"{path} was not answered"
        assert answer.status == status, f"{path}: {answer}"
        return answer

    def _cell(self, slot: str, ad: Mapping[str, str] | None) -> Cell:
        campaign = ad["campaign"] if ad else None
        creative = f"{campaign}/{ad['creative']}" if ad else None
        return Cell(self._day, f"haber/{slot}", campaign, creative, CITIES[self._reader.city], self._reader.device)
