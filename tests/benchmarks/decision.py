"""How long a decision for three slots takes, what it takes in memory, and what a change costs.

    python -m tests.benchmarks.decision [--campaigns 20,200,2000,20000]

Requests differ as readers do: provinces and keywords by Zipf, devices, sections, weather. `kept` is a decision for an
audience that was kept for its attributes, `new` one that finds it; `weighed` is the first page by new weights, for
which all is ready.
"""

import argparse
import random
from collections.abc import Callable, Sequence
from statistics import median, quantiles
from time import perf_counter
from typing import NamedTuple

from adserver.decision import AdRequest, Paces, audience_of, build_index, choose, decide
from tests.benchmarks.inventory import SITE, inventory, requests

REQUESTS = 5_000


class Figures(NamedTuple):
    """Seconds to build, microseconds a page, the part of the slots that were filled."""

    built: float
    new: float
    p99: float
    kept: float
    weighed: float
    filled: float


def measure(campaigns: int) -> Figures:
    booked = inventory(campaigns)
    started = perf_counter()
    index = build_index(booked)
    built = perf_counter() - started
    asked = requests(REQUESTS)
    plans = [Paces(number, {each.id: 1.0 for each in booked.campaigns}, {}) for number in (1, 2)]
    for _ in range(2):
        new = _micros(asked, lambda request: decide(index, request, random.random, plans[0]))
    audiences = {id(request): audience_of(index, SITE.id, request.attributes) for request in asked}

    def decide_kept(request: AdRequest) -> object:
        audience = audiences[id(request)]
        return choose(audience, request.slots, request.now, random.random, plans[0], request.max_width)

    filled = sum(each.creative is not None for request in asked for each in decide(index, request, random.random))
    kept = _micros(asked, decide_kept)
    index.get_ready(plans[1])
    weighed = _micros(asked[:1], lambda request: decide(index, request, random.random, plans[1]))
    return Figures(built, median(new), quantiles(new, n=100)[98], median(kept), weighed[0], filled / 3 / REQUESTS)


def _micros(asked: Sequence[AdRequest], run: Callable[[AdRequest], object]) -> list[float]:
    times = []
    for request in asked:
        started = perf_counter()
        run(request)
        times.append((perf_counter() - started) * 1e6)
    return times


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--campaigns", default="20,200,2000,20000")
    options = parser.parse_args()
    print(
        f"{'campaigns':>9} {'build s':>8} {'new µs':>7} {'p99 µs':>7} {'kept µs':>8} {'weighed µs':>10} {'filled':>7}"
    )
    for count in map(int, options.campaigns.split(",")):
        built, new, p99, kept, weighed, filled = measure(count)
        print(f"{count:9,} {built:8.3f} {new:7.1f} {p99:7.1f} {kept:8.1f} {weighed:10.0f} {filled:7.0%}", flush=True)


if __name__ == "__main__":
    main()
