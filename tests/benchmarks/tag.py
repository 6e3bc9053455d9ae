"""What the tag costs a reader of the demo's article page on a slow phone: main-thread time, layout shift, bytes.

python -m tests.benchmarks.tag [--slowdown 4] [--visits 5] [--rest 20]
"""

import argparse
import asyncio
import json
import shutil
import statistics
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from playwright.async_api import Browser, async_playwright

from tests.benchmarks.tab import Tab, new_tab
from tests.browser.reader import PHONE
from tests.browsing import FLAGS
from tests.end_to_end.demo import running_demo
from tests.end_to_end.folder import new_folder

TAG = "/tag.js"
CATEGORIES = ["devtools.timeline", "v8", "v8.execute"]
SCRIPT_EVENTS = {"EvaluateScript", "v8.compile", "v8.compileModule", "FunctionCall"}
# These do not name their script. The demo's page has no module of its own, and awaits nothing: all in its microtasks is
# the tag's, or chromium's own, which begin to load pictures.
NAMELESS_EVENTS = {"RunMicrotasks", "v8.evaluateModule"}
SETTLED_MILLISECONDS = 4_000
# The third slot's may be an HTML creative, whose frame waits until the reader comes near.
LEAST_ADS = 2
# Tabs before this one end meanwhile. The browser slows a tab down by idling in it for multiples of the time gone by,
# that of other programs on its processor too: slowed down, whatever else runs counts manifold.
REST_SECONDS = 1
PAINTED_SECONDS = 2.5
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
# The limit: the page's ads asked for and put in, impressions and view told, and nothing else that a tag is for.
LEAST_TAG = """
(() => {
  const script = document.currentScript, home = script.src.split('tag.js')[0], lines = [];
  document.addEventListener('readystatechange', () => {
    const slots = [...document.querySelectorAll('[data-ad-slot]')], names = slots.map(slot => slot.dataset.adSlot);
    const query = `site=${script.dataset.site}&slots=${names}&article=${script.dataset.article}&w=${innerWidth}`;
    fetch(home + 'v1/ads?' + query, {credentials: 'omit'}).then(answer => answer.json()).then(answer => {
      lines.push('view ' + answer.view);
      for (const slot of slots) {
        const ad = answer.slots[slot.dataset.adSlot];
        if (!ad?.image) continue;
        const link = document.createElement('a'), picture = new Image(ad.width, ad.height);
        link.href = ad.click;
        link.className = 'adserver-label';
        picture.onload = () => lines.push('impression ' + ad.token);
        picture.src = ad.image;
        link.append(picture);
        slot.append(link);
      }
      setTimeout(() => fetch(home + 'v1/events', {method: 'POST', body: lines.join('\\n'), keepalive: true}), 1500);
    });
  }, {once: true});
})();
"""
LAYOUT_SHIFT = """
new Promise(done => {
  let shift = 0;
  new PerformanceObserver(list => list.getEntries().forEach(entry => { shift += entry.value; }))
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(shift), 100);
})
"""


class Visit(NamedTuple):
    """Milliseconds of the main thread in the tag's own scripts, slowed down and not, with how many ads were put in each
    time, and in those of the least tag; slowed down, the page's layout shift, and when it was first painted, with the
    tag and without."""

    script: float
    ads: int
    least: float
    script_at_pace: float
    ads_at_pace: int
    least_at_pace: float
    layout_shift: float
    paint: float
    paint_without: float


class Seen(NamedTuple):
    script: float
    ads: int
    layout_shift: float
    paint: float


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slowdown", type=float, default=4, help="how many times slower than here the processor is")
    parser.add_argument("--visits", type=int, default=5)
    parser.add_argument("--rest", type=float, default=20, help="seconds for Postgres to tidy up after the demo's past")
    options = parser.parse_args()
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with new_folder() as folder:
        async with running_demo(folder / "data", "--no-traffic") as demo, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
            await seen(browser, demo.article, 1)  # the server's and the browser's own first time
            await asyncio.sleep(options.rest)
            print(
                f"{'script ms':>10} {'ads':>4} {'least':>6} {'not slowed':>11} {'ads':>4} {'least':>6} {'shift':>8} "
                f"{'paint':>6} {'without':>8}"
            )
            visits = []
            for _ in range(options.visits):
                visit = await measured(browser, demo.article, options.slowdown)
                visits.append(visit)
                print(
                    f"{visit.script:10.1f} {visit.ads:4} {visit.least:6.1f} "
                    f"{visit.script_at_pace:11.1f} {visit.ads_at_pace:4} {visit.least_at_pace:6.1f} "
                    f"{visit.layout_shift:8.4f} {visit.paint:6.0f} {visit.paint_without:8.0f}"
                )
            figures = ("script", "least", "script_at_pace", "least_at_pace")
            script, least, at_pace, least_at_pace = (
                statistics.median(getattr(visit, figure) for visit in visits) for figure in figures
            )
            # Lighthouse does not slow the processor down: it multiplies what it saw.
            times = f"{options.slowdown:g} times the third {options.slowdown * at_pace:.1f}"
            print(f"{script:10.1f}      {least:6.1f} {at_pace:11.1f}      {least_at_pace:6.1f}  medians; {times}")
            await browser.close()


async def measured(browser: Browser, article: str, slowdown: float) -> Visit:
    """Visit the article without the tag, with it and with the least one, slowed down and at the machine's own pace,
    each with an empty cache."""
    async with opened(browser, slowdown) as tab:
        await tab.send("Network.enable")
        await tab.send("Network.setBlockedURLs", urls=[f"*{TAG}*"])
        await tab.send("Page.navigate", url=article)
        await asyncio.sleep(PAINTED_SECONDS)
        paint_without = await tab.evaluate(PAINT)
    slow, least_slow, fast, least_fast = [
        await seen(browser, article, pace, script) for pace in (slowdown, 1) for script in (None, LEAST_TAG)
    ]
    return Visit(
        slow.script,
        slow.ads,
        least_slow.script,
        fast.script,
        fast.ads,
        least_fast.script,
        slow.layout_shift,
        slow.paint,
        paint_without,
    )


async def seen(browser: Browser, article: str, slowdown: float, script: str | None = None) -> Seen:
    """Visit the article, with another script in the tag's place where one is given."""
    async with opened(browser, slowdown) as tab:
        if script is not None:
            await tab.serve(f"*{TAG}", script)
        await browser.start_tracing(categories=CATEGORIES)
        await tab.send("Page.navigate", url=article)
        await asyncio.sleep(SETTLED_MILLISECONDS / 1000)
        events = json.loads(await browser.stop_tracing())["traceEvents"]
        ads = await tab.evaluate("document.querySelectorAll('.adserver-label').length")
        assert ads >= LEAST_ADS, "a tag that shows no ads costs nothing"
        shift, paint = await tab.evaluate(LAYOUT_SHIFT), await tab.evaluate(PAINT)
    return Seen(script_milliseconds(events), ads, shift, paint)


@asynccontextmanager
async def opened(browser: Browser, slowdown: float) -> AsyncIterator[Tab]:
    async with new_tab(browser, PHONE) as tab:
        await asyncio.sleep(REST_SECONDS)
        await tab.send("Emulation.setCPUThrottlingRate", rate=slowdown)
        yield tab


def script_milliseconds(events: Sequence[Mapping[str, Any]]) -> float:
    """Sum up the processor's time in the outermost events of the tag's scripts; what they call lies within, and so does
    what they make the browser do at once. Answers are handled in microtasks, which count from the tag's start on. The
    time that other programs took meanwhile is not in it, the slowdown is."""
    named = [event for event in events if event["name"] in SCRIPT_EVENTS and TAG in json.dumps(event.get("args", {}))]
    first = min((event for event in named if event["name"] == "EvaluateScript"), key=lambda event: event["ts"])
    thread = first["pid"], first["tid"]
    here = [event for event in events if (event["pid"], event["tid"]) == thread and event["ts"] >= first["ts"]]
    pictures = [event["ts"] for event in here if event["name"] == "ResourceSendRequest" and is_of_a_picture(event)]
    nameless = [event for event in here if event["name"] in NAMELESS_EVENTS and not only_loads(event, pictures)]
    ours = [event for event in named if (event["pid"], event["tid"]) == thread] + nameless
    total, end = 0, 0
    for event in sorted(ours, key=lambda event: (event["ts"], -event.get("dur", 0))):
        if event["ts"] >= end:
            total += event.get("tdur", event.get("dur", 0))
            end = event["ts"] + event.get("dur", 0)
    return total / 1000


def only_loads(event: Mapping[str, Any], pictures: Sequence[int]) -> bool:
    """Whether all these microtasks are chromium's own, each of which begins to load a picture: with as many requests of
    pictures as microtasks, none is left for a script."""
    begun = sum(event["ts"] <= sent <= event["ts"] + event.get("dur", 0) for sent in pictures)
    return begun > 0 and begun == event["args"].get("microtask_count")


def is_of_a_picture(request: Mapping[str, Any]) -> bool:
    return bool(request["args"]["data"].get("resourceType") == "Image")


if __name__ == "__main__":
    asyncio.run(main())
