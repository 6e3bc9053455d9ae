"""A reader's browser tab, with what it asked of the ad server and what it reported."""

import asyncio
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Page, Request, ViewportSize

PATIENCE_SECONDS = 15
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

# Measures from the first paint on, as the browser's own layout shift score does.
RECORD_LAYOUT_SHIFT = """
window.layoutShift = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => { window.layoutShift += entry.value; }))
  .observe({type: 'layout-shift', buffered: true});
"""

# The observers of a page are told in the order of their making, all in one frame: ours comes last.
OBSERVERS_WERE_TOLD = """
element => new Promise(done => new IntersectionObserver(
  (entries, observer) => { observer.disconnect(); done(); }, {threshold: [0.3, 0.5]}).observe(element))
"""


# The tag asked for this module before, so it is told first.
PLACES_WERE_SOUGHT = """
() => import(new URL('tag.js?part=place', document.querySelector('script[src$="tag.js"]').src)).then(() => null)
"""


class Reader:
    """`asked` are the parameters of requests for ads; `reported` are the events' lines, once for each sending."""

    def __init__(self, tab: Page, publish: Callable[[str, dict[str, str]], str]) -> None:
        self.tab = tab
        self.asked: list[dict[str, list[str]]] = []
        self.reported: list[str] = []
        self.complaints: list[str] = []
        self._publish = publish
        self._something_happened = asyncio.Event()
        tab.on("request", self._note)
        tab.on("console", lambda message: self.complaints.append(message.text) if message.type != "log" else None)
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def visit(self, html: str, headers: dict[str, str] | None = None) -> None:
        await self.tab.goto(self._publish(html, headers or {}), wait_until="commit")

    def count(self, kind: str) -> int:
        """How many events of the kind were reported; an event that was sent again counts once."""
        return len({line for line in self.reported if line.startswith(kind + " ")})

    async def until_asked(self, times: int) -> None:
        await self._until(lambda: len(self.asked) >= times)

    async def until_reported(self, kind: str, times: int = 1) -> None:
        await self._until(lambda: self.count(kind) >= times)

    async def until_sent(self, kind: str, times: int) -> None:
        """Hurry the page's clock on until events of the kind were sent so often, repetitions included."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while sum(line.startswith(kind + " ") for line in self.reported) < times:
                await self.tab.clock.run_for(1000)

    async def until_placed(self) -> None:
        """Wait until the tag has looked for the places of slots, where it has to."""
        await self.tab.wait_for_load_state("load")
        await self.tab.evaluate(PLACES_WERE_SOUGHT)

    async def reveal(self, selector: str, pixels: int) -> None:
        """Scroll until so much of the element, from its top, is in the viewport, and the page's observers know."""
        element = self.tab.locator(selector)
        await element.evaluate(
            "(e, pixels) => scrollTo(0, scrollY + e.getBoundingClientRect().top - innerHeight + pixels)", pixels
        )
        await element.evaluate(OBSERVERS_WERE_TOLD)

    def _note(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.path == "/v1/ads":
            self.asked.append(parse_qs(address.query, keep_blank_values=True))
        if address.path == "/v1/events":
            self.reported += (request.post_data or "").split("\n")
        self._something_happened.set()

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                self._something_happened.clear()
                await self._something_happened.wait()
