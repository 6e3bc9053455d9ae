"""Readers over HTTP: they look at pages, report what the tag reports, and enter what was answered in the book.

What was not answered with success is sent again until it is, as long as the run lasts: so sent and answered come
together in the end, and the comparison with Postgres is exact.
"""

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import count
from random import Random
from typing import NamedTuple
from urllib.parse import quote

from tests.faults.book import Book, Figure, Unit
from tests.faults.http import Browser
from tests.faults.inventory import ARTICLES, SITE, SLOTS

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
PAGE_PAUSE_SECONDS = 0.2
REPLAYS_KEPT = 200


class Page(NamedTuple):
    """What the service answered for a page: the tokens by slot with their creatives, and the view's."""

    ads: Sequence["Ad"]
    article: str
    view: str


class Ad(NamedTuple):
    slot: str
    creative: str
    token: str

    def unit(self, kind: str) -> Unit:
        return Unit(Figure(kind, self.slot, self.creative), self.token)


class Sending(NamedTuple):
    """A request that reports events, the status that says they are counted, and what may count by it."""

    method: str
    path: str
    success: int
    body: bytes = b""
    units: Sequence[Unit] = ()


class Crowd:
    """Readers who come one after another over so many connections; each has a network of its own."""

    def __init__(self, port: int, seed: int, connections: int) -> None:
        self.book = Book()
        self._port = port
        self._seed = seed
        self._connections = connections
        self._numbers = count(1)
        self._answered: deque[Sending] = deque(maxlen=REPLAYS_KEPT)
        self._is_over = False
        self._has_no_patience = False

    async def run(self) -> None:
        """Read until `close`; then finish what was begun."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._connections):
                group.create_task(self._visit_pages(Random(f"{self._seed}-{number}")))

    def close(self) -> None:
        """Begin no more pages."""
        self._is_over = True

    def give_up(self) -> None:
        """Send nothing again any more."""
        self._has_no_patience = True

    async def _visit_pages(self, draw: Random) -> None:
        browser = Browser(self._port)
        while not self._is_over:
            await self._visit(browser, draw)
            await asyncio.sleep(draw.uniform(0, PAGE_PAUSE_SECONDS))
        browser.close()

    async def _visit(self, browser: Browser, draw: Random) -> None:
        number = next(self._numbers)
        address = f"{20 + number // 62_500}.{number // 250 % 250}.{number % 250}.{draw.randrange(1, 255)}"
        headers = {"user-agent": FIREFOX, "x-forwarded-for": address}
        page = await self._ask(browser, headers, draw.choice(ARTICLES))
        if page is None:
            return
        sort = draw.random()
        if sort < 0.05:
            await self._refusable(browser, headers | {"user-agent": ROBOT}, sending_of(page, ("impression", "click")))
        elif sort < 0.10:
            await self._refusable(browser, headers, sending_of(_forged(page, draw), ("impression", "viewable")))
        else:
            await self._read(browser, headers, page, draw)

    async def _read(self, browser: Browser, headers: Mapping[str, str], page: Page, draw: Random) -> None:
        reader = headers["x-forwarded-for"]
        with_pixel = page.ads[:1] if draw.random() < 0.2 else ()
        for ad in with_pixel:
            await self._send(browser, headers, pixel_of(ad))
        rest = page._replace(ads=page.ads[len(with_pixel) :])
        await self._send(browser, headers, sending_of(rest, ("impression",), reader))
        seen = page._replace(ads=[ad for ad in page.ads if draw.random() < 0.6], view="")
        if seen.ads:
            await self._send(browser, headers, sending_of(seen, ("viewable",)))
        for ad in page.ads:
            if draw.random() < 0.15:
                await self._send(browser, headers, click_of(ad))
        if draw.random() < 0.1 and (again := await self._ask(browser, headers, page.article)) is not None:
            # The second view of one reader: it is the same unit as the first.
            await self._send(browser, headers, sending_of(again, (), reader))
        if draw.random() < 0.1 and self._answered:
            await self._replay(browser, headers, draw.choice(self._answered))

    async def _ask(self, browser: Browser, headers: Mapping[str, str], article: str) -> Page | None:
        self.book.decisions += len(SLOTS)
        path = f"/v1/ads?site={SITE}&slots={','.join(SLOTS)}&article={quote(article)}&kv.city=Antalya"
        answer = await browser.ask("GET", path, headers)
        if answer is None or answer.status != 200:
            await asyncio.sleep(FIRST_PAUSE_SECONDS)
            return None
        page = json.loads(answer.body)
        ads = [Ad(slot, ad["creative"], ad["token"]) for slot, ad in page["slots"].items() if ad is not None]
        return Page(ads, article, page["view"])

    async def _send(self, browser: Browser, headers: Mapping[str, str], sending: Sending) -> None:
        """Send until it is answered with success."""
        pause = FIRST_PAUSE_SECONDS
        self.book.send(sending.units)
        while not self._has_no_patience:
            self.book.attempts += len(sending.units)
            answer = await browser.ask(sending.method, sending.path, headers, sending.body)
            if answer is not None and answer.status == sending.success:
                self.book.answer(sending.units)
                self._answered.append(sending)
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _replay(self, browser: Browser, headers: Mapping[str, str], sending: Sending) -> None:
        """Send again what was answered, from another reader: a view of somebody else's page counts for nobody."""
        self.book.replays += len(sending.units)
        await browser.ask(sending.method, sending.path, headers, sending.body)

    async def _refusable(self, browser: Browser, headers: Mapping[str, str], sending: Sending) -> None:
        self.book.refusable += len(sending.units)
        await browser.ask(sending.method, sending.path, headers, sending.body)


def sending_of(page: Page, kinds: Sequence[str], reader: str = "") -> Sending:
    """Return the tag's beacon for all ads of the page, and for its view where it has one."""
    units = [ad.unit(kind) for ad in page.ads for kind in kinds]
    lines = [f"{unit.figure.kind} {unit.name}" for unit in units]
    if page.view:
        units.append(Unit(Figure("view", "", page.article), reader))
        lines.append(f"view {page.view}")
    return Sending("POST", "/v1/events", 204, "\n".join(lines).encode(), units)


def pixel_of(ad: Ad) -> Sending:
    """Return what a browser without scripts asks for."""
    return Sending("GET", f"/v1/i/{ad.token}.gif", 200, units=[ad.unit("impression")])


def click_of(ad: Ad) -> Sending:
    """Return a click: answered with a redirect, it is on some disk."""
    return Sending("GET", f"/v1/c/{ad.token}", 302, units=[ad.unit("click")])


def _forged(page: Page, draw: Random) -> Page:
    """Change a letter of each token."""

    def forge(token: str) -> str:
        place = draw.randrange(len(token))
        return token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]

    return Page([ad._replace(token=forge(ad.token)) for ad in page.ads], page.article, forge(page.view))
