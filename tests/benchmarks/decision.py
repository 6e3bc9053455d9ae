"""How long a decision for three slots takes, what it takes in memory, and what a change costs.

    python -m tests.benchmarks.decision [--campaigns 20,200,2000,20000]

Requests differ as readers do: provinces and keywords by Zipf, devices, sections, weather. `python` is the same without
the compiled draw; `weighed` is the first page by new weights, for which all is ready.
"""

import argparse
import random
from collections.abc import Callable, Sequence
from statistics import median, quantiles
from time import perf_counter
from typing import NamedTuple

from adserver.decision import AdRequest, Paces, build_index, decide
from tests.benchmarks.inventory import inventory, requests
from tests.decision.examples import decide_in_python

REQUESTS = 5_000


class Figures(NamedTuple):
    """Seconds to build, microseconds a page, the part of the slots that were filled."""

    built: float
    page: float
    p99: float
    python: float
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
        page = _micros(asked, lambda request: decide(index, request, random.random, plans[0]))
    python = _micros(asked, lambda request: decide_in_python(index, request, random.random, plans[0]))
    filled = sum(each.creative is not None for request in asked for each in decide(index, request, random.random))
    index.get_ready(plans[1])
    weighed = _micros(asked[:1], lambda request: decide(index, request, random.random, plans[1]))
    return Figures(built, median(page), quantiles(page, n=100)[98], median(python), weighed[0], filled / 3 / REQUESTS)


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
    print("campaigns  build s page µs  p99 µs python µs weighed µs  filled")
    for count in map(int, options.campaigns.split(",")):
        built, page, p99, python, weighed, filled = measure(count)
        print(f"{count:9,} {built:8.3f} {page:7.1f} {p99:7.1f} {python:9.1f} {weighed:10.0f} {filled:7.0%}", flush=True)


if __name__ == "__main__":
    main()
