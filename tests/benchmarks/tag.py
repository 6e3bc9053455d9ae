"""What the tag costs a reader of the demo's article page on a slow phone: main-thread time, layout shift, bytes.

python -m tests.benchmarks.tag [--slowdown 4] [--visits 5]
"""

import argparse
import asyncio
import json
import shutil
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from playwright.async_api import Browser, Page, async_playwright

from tests.browser.reader import PHONE, RECORD_LAYOUT_SHIFT
from tests.browsing import FLAGS
from tests.end_to_end.demo import running_demo
from tests.end_to_end.folder import new_folder

TAG = "/tag.js"
CATEGORIES = ["devtools.timeline", "v8", "v8.execute"]
SCRIPT_EVENTS = {"EvaluateScript", "v8.compile", "v8.compileModule", "FunctionCall"}
# These do not name their script. The demo's page has no module of its own, and awaits nothing: without the tag all that
# runs in its microtasks are 1 to 3 ms (slowed down four times) of chromium's own, which begin to load pictures.
NAMELESS_EVENTS = {"RunMicrotasks", "v8.evaluateModule"}
SETTLED_MILLISECONDS = 4_000
SLOTS = 3


class Visit(NamedTuple):
    """Milliseconds of the main thread in the tag's own scripts; the page's layout shift; when it was first painted,
    with the tag and without."""

    script: float
    layout_shift: float
    paint: float
    paint_without: float


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slowdown", type=float, default=4, help="how many times slower than here the processor is")
    parser.add_argument("--visits", type=int, default=5)
    options = parser.parse_args()
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with new_folder() as folder:
        async with running_demo(folder / "data", "--no-traffic") as demo, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
            print(f"{'script ms':>10} {'shift':>8} {'paint ms':>9} {'without the tag':>16}")
            visits = []
            for _ in range(options.visits):
                visit = await measured(browser, demo.article, options.slowdown)
                visits.append(visit)
                print(f"{visit.script:10.1f} {visit.layout_shift:8.4f} {visit.paint:9.0f} {visit.paint_without:16.0f}")
            print(f"{statistics.median(visit.script for visit in visits):10.1f} median")
            await browser.close()


async def measured(browser: Browser, article: str, slowdown: float) -> Visit:
    """Visit the article once with the tag and once without, both with an empty cache."""
    without = await opened(browser, slowdown, blocked=True)
    await without.goto(article)
    paint_without = await first_paint(without)
    await without.context.close()
    tab = await opened(browser, slowdown, blocked=False)
    await browser.start_tracing(page=tab, categories=CATEGORIES)
    await tab.goto(article)
    await tab.wait_for_timeout(SETTLED_MILLISECONDS)
    events = json.loads(await browser.stop_tracing())["traceEvents"]
    assert await tab.locator(".adserver-label").count() == SLOTS, "a tag that shows no ads costs nothing"
    shift = await tab.evaluate("layoutShift")
    paint = await first_paint(tab)
    await tab.context.close()
    return Visit(script_milliseconds(events), shift, paint, paint_without)


async def opened(browser: Browser, slowdown: float, *, blocked: bool) -> Page:
    context = await browser.new_context(viewport=PHONE)
    await context.add_init_script(RECORD_LAYOUT_SHIFT)
    tab = await context.new_page()
    session = await context.new_cdp_session(tab)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
    if blocked:
        await tab.route(f"**{TAG}*", lambda route: route.abort())
    return tab


async def first_paint(tab: Page) -> float:
    paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    await tab.wait_for_function(f"{paint} > 0")
    return float(await tab.evaluate(paint))


def script_milliseconds(events: Sequence[Mapping[str, Any]]) -> float:
    """Sum up the processor's time in the outermost events of the tag's scripts; what they call lies within, and so does
    what they make the browser do at once. Answers are handled in microtasks, which count from the tag's start on. The
    time that other programs took meanwhile is not in it, the slowdown is."""
    named = [event for event in events if event["name"] in SCRIPT_EVENTS and TAG in json.dumps(event.get("args", {}))]
    first = min((event for event in named if event["name"] == "EvaluateScript"), key=lambda event: event["ts"])
    thread = first["pid"], first["tid"]
    nameless = [event for event in events if event["name"] in NAMELESS_EVENTS and event["ts"] >= first["ts"]]
    ours = [event for event in named + nameless if (event["pid"], event["tid"]) == thread]
    total, end = 0, 0
    for event in sorted(ours, key=lambda event: (event["ts"], -event.get("dur", 0))):
        if event["ts"] >= end:
            total += event.get("tdur", event.get("dur", 0))
            end = event["ts"] + event.get("dur", 0)
    return total / 1000


if __name__ == "__main__":
    asyncio.run(main())
