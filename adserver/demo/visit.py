"""One simulated reader's visit to a page, over the same public addresses that a browser with the tag uses."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from ipaddress import ip_address, ip_network
from random import Random
from typing import Any
from urllib.parse import quote

import httpx2

from adserver.demo.audience import PROVINCE_PARAMETER, VIEWPORTS, Reader
from adserver.demo.user_agents import BROWSERS, ROBOTS

Pause = Callable[[float], Awaitable[None]]
"""Waits so many seconds."""

CARRIERS = ip_network("100.64.0.0/10")
ROBOT_SHARE = 0.03
REPLAY_SHARE = 0.02
LEAVING_SHARE = 0.15
CLICK_SHARE = 0.004
# The seconds until a reader has scrolled to a slot, the share of those who do, and of these who stay to look.
_SCROLLS = {"top": (0.4, 0.98, 0.68), "in-article": (5.0, 0.84, 0.74), "footer": (12.0, 0.55, 0.6)}
_ANY_SCROLL = (3.0, 0.7, 0.6)
_VIEWABLE_SECONDS = 1.2
_TRIES = 3
_LONGEST_RETRY_SECONDS = 10.0


@dataclass(slots=True)
class Page:
    """What a browser finds on a page: links to articles, slots, and the tag's own attributes."""

    links: list[str] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)
    tag: dict[str, str] = field(default_factory=dict)


class _Reading(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "a" and found.get("href", "").startswith("/demo/haber/"):
            self.page.links.append(found["href"].partition("?")[0])
        if "data-ad-slot" in found:
            self.page.slots.append(found["data-ad-slot"])
        if tag == "script" and "data-site" in found:
            self.page.tag = found


def read_page(html: str) -> Page:
    reading = _Reading()
    reading.feed(html)
    return reading.page


def ads_query(page: Page, address: str, viewport: int) -> httpx2.QueryParams:
    """Return the parameters with which the tag would ask for the page's ads."""
    query = [("site", page.tag["data-site"]), ("slots", ",".join(page.slots)), ("page", address), ("w", str(viewport))]
    if article := page.tag.get("data-article"):
        query.append(("article", article))
    own = [(f"kv.{name[8:]}", value) for name, value in page.tag.items() if name.startswith("data-kv-")]
    return httpx2.QueryParams([*query, *own])


@dataclass(frozen=True, slots=True)
class Visit:
    """Chance and time come from outside: `pause` may wait less than it is told."""

    client: httpx2.AsyncClient
    draw: Random
    pause: Pause

    async def read(self, path: str, reader: Reader) -> Page:
        """Open a page, look at its ads, perhaps click. Raises httpx2.HTTPError when the server is away."""
        headers = {"user-agent": self._user_agent(reader), "x-forwarded-for": self._address()}
        address = f"{path}?{PROVINCE_PARAMETER}={quote(reader.city)}"
        answer = await self.client.get(address, headers=headers)
        page = read_page(answer.raise_for_status().text)
        await self.pause(self.draw.uniform(0.1, 0.6))
        query = ads_query(page, str(answer.url), VIEWPORTS[reader.device])
        ads = (await self.client.get("/v1/ads", params=query, headers=headers)).raise_for_status().json()
        await self._look(ads, headers)
        return page

    def _user_agent(self, reader: Reader) -> str:
        is_robot = self.draw.random() < ROBOT_SHARE
        return self.draw.choice(ROBOTS if is_robot else BROWSERS[reader.device])

    def _address(self) -> str:
        """An address of carriers' networks (RFC 6598): readers are not told apart by that of the machine they run on,
        where the server trusts it to forward."""
        return str(ip_address(int(CARRIERS[0]) + self.draw.randrange(CARRIERS.num_addresses)))

    async def _look(self, ads: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        if "view" in ads:
            await self._report([f"view {ads['view']}"], headers)
        shown = [(name, ad["token"]) for name, ad in ads["slots"].items() if ad]
        if self.draw.random() < LEAVING_SHARE:
            shown = shown[:1]
        for name, token in shown:
            seconds, seen, looked = _SCROLLS.get(name, _ANY_SCROLL)
            if self.draw.random() > seen:
                break
            await self.pause(self.draw.uniform(0.5, 1.5) * seconds)
            await self._see(token, looked, headers)

    async def _see(self, token: str, looked: float, headers: Mapping[str, str]) -> None:
        lines = [f"impression {token}"]
        await self._report(lines, headers)
        if self.draw.random() < looked:
            await self.pause(_VIEWABLE_SECONDS)
            lines.append(f"viewable {token}")
            await self._report(lines[1:], headers)
        if self.draw.random() < REPLAY_SHARE:
            await self._report(lines, headers)
        if self.draw.random() < CLICK_SHARE:
            await self.pause(self.draw.uniform(0.5, 3))
            await self.client.get(f"/v1/c/{token}", headers=headers)

    async def _report(self, lines: Iterable[str], headers: Mapping[str, str]) -> None:
        """Send events as the tag does: again, a few times, while the server cannot count."""
        for _ in range(_TRIES):
            answer = await self.client.post("/v1/events", content="\n".join(lines), headers=headers)
            if answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
                return
            await self.pause(min(float(answer.headers.get("retry-after", 1)), _LONGEST_RETRY_SECONDS))
