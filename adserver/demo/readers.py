"""The demo's simulated readers: `python -m adserver.demo.readers --base-url URL [--per-minute N]`."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from random import Random

import httpx2

from adserver.demo.audience import ARTICLE_SHARE, ISTANBUL, PEAK_PAGES_A_MINUTE, draw_reader, pace
from adserver.demo.visit import Visit

HOME = "/demo/"
MOST_AT_ONCE = 60
RECONNECT_SECONDS = 2.0
_PARENT_SECONDS = 2.0
_TIMEOUT_SECONDS = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Read until SIGTERM or SIGINT, or until the parent process has died."""
    parser = argparse.ArgumentParser(prog="python -m adserver.demo.readers", description=__doc__)
    parser.add_argument("--base-url", required=True, help="where the demo answers")
    parser.add_argument(
        "--per-minute", type=float, default=PEAK_PAGES_A_MINUTE, help="pages at the busiest time of day [%(default)g]"
    )
    options = parser.parse_args(arguments)
    if options.per_minute <= 0:
        parser.error("--per-minute must be above 0")
    asyncio.run(_until_stopped(options.base_url, options.per_minute))
    return 0


async def _until_stopped(base_url: str, per_minute: float) -> None:
    reading = asyncio.create_task(read_for_ever(base_url, per_minute, Random()))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, reading.cancel)
    orphaned = asyncio.create_task(_cancel_when_orphaned(reading))
    with contextlib.suppress(asyncio.CancelledError):
        await reading
    orphaned.cancel()


async def read_for_ever(base_url: str, per_minute: float, draw: Random) -> None:
    """Send readers at the pace of the time of day; while the server is away, try again now and then."""
    limits = httpx2.Limits(max_connections=MOST_AT_ONCE, max_keepalive_connections=8)
    async with (
        httpx2.AsyncClient(base_url=base_url, limits=limits, timeout=_TIMEOUT_SECONDS) as client,
        asyncio.TaskGroup() as visits,
    ):
        crowd = Crowd(Visit(client, draw, asyncio.sleep))
        while True:
            rate = per_minute / 60 * pace(datetime.now(ISTANBUL))
            await asyncio.sleep(draw.expovariate(rate))
            if crowd.present < MOST_AT_ONCE:
                visits.create_task(crowd.send_reader())
            if crowd.is_shut_out:
                await asyncio.sleep(RECONNECT_SECONDS)


class Crowd:
    """The readers that are on the site now, and the articles that the home page led the last of them to."""

    def __init__(self, visit: Visit) -> None:
        self.present = 0
        self.is_shut_out = False
        self._visit = visit
        self._articles: list[str] = []

    async def send_reader(self) -> None:
        """Let a reader come; when the server cannot be reached, remember that until one gets in."""
        self.present += 1
        try:
            page = await self._visit.read(self._choose(), draw_reader(self._visit.draw))
            self._articles = page.links or self._articles
            self.is_shut_out = False
        except httpx2.HTTPStatusError as error:
            self._articles = []
            self.is_shut_out = error.response.is_server_error
        except httpx2.HTTPError:
            self.is_shut_out = True
        finally:
            self.present -= 1

    def _choose(self) -> str:
        draw = self._visit.draw
        if not self._articles or draw.random() > ARTICLE_SHARE:
            return HOME
        # What stands higher on the page is read more.
        return self._articles[int(len(self._articles) * draw.random() ** 2)]


async def _cancel_when_orphaned(reading: asyncio.Task[None]) -> None:
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(_PARENT_SECONDS)
    reading.cancel()


if __name__ == "__main__":
    sys.exit(main())
