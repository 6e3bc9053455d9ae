"""How long it takes to say what can still be sold among 300 booked campaigns, and how far sampling puts it off.

    python -m tests.benchmarks.availability [--campaigns 300] [--questions 2]

First `adserver forecast` on a Postgres with eight weeks of figures, then the arithmetic alone beside the full solution.

Traffic as a paper has it: three slots, 81 provinces by Zipf, sections, devices, weather, sixty days ahead. The full
solution takes every group there is and is solved by scipy.
"""

import argparse
import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow

from adserver.forecast.audience import audience_of
from adserver.forecast.availability import Booked, available, targets_of
from adserver.forecast.clock import hour_of, time_of
from adserver.forecast.supply import Outlook, Rates, supply_of
from adserver.forecast.target import Target
from adserver.forecast.volume import Volume
from adserver.inventory.model import SlotId
from tests.benchmarks.booked import time_commands
from tests.benchmarks.papers import SLOTS, kinds, targeting, week

ZONE = ZoneInfo("Europe/Istanbul")
NOW = datetime(2026, 11, 24, 9, tzinfo=ZONE)
DAYS = 60
REQUESTS_AN_HOUR = 20_000


class Measured(NamedTuple):
    seconds: float
    full_seconds: float
    sampled: float
    full: float
    groups: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--campaigns", type=int, default=300)
    parser.add_argument("--questions", type=int, default=2)
    options = parser.parse_args()
    asyncio.run(time_commands(options.campaigns, 3))
    print("sold    seconds   full s     groups    can be sold        in full   off by")
    for sold in (0.7, 0.9, 1.0):
        for question in range(options.questions):
            found = measure(options.campaigns, sold, Random(1000 * sold + question))
            off = abs(found.sampled - found.full) / found.full if found.full else 0.0
            print(
                f"{sold:4.0%}  {found.seconds:8.2f} {found.full_seconds:8.2f} {found.groups:10,} "
                f"{found.sampled:14,.0f} {found.full:14,.0f}   {off:6.1%}",
                flush=True,
            )


def measure(campaigns: int, sold: float, random: Random) -> Measured:
    """Book so many campaigns for a share of all impressions, and ask for one targeting more."""
    begin = hour_of(NOW)
    hours = range(begin, begin + DAYS * 24)
    asked = Target(dict.fromkeys(SLOTS, 0), targeting(random), time_of(begin + 48), time_of(begin + 20 * 24))
    booked = _booked(campaigns, random)
    started = time.perf_counter()
    targets = targets_of(asked, booked, ())
    outlook = Outlook(_volumes(begin), dict.fromkeys(SLOTS, Rates(1, 1, 0)), audience_of(kinds(), targets, SLOTS))
    spent = time.perf_counter() - started
    booked = _sized(booked, supply_of(outlook, targets, hours), sold)
    started = time.perf_counter()
    found = available(outlook, booked, (), asked, hours, 0.9)
    spent += time.perf_counter() - started
    started = time.perf_counter()
    groups = supply_of(outlook, targets, hours, steps=10**12)
    full = _full(groups, [each.wanted for each in booked])
    return Measured(spent, time.perf_counter() - started, found.impressions, full, len(groups))


def _volumes(begin: int) -> dict[SlotId, Volume]:
    return {slot: Volume(ZONE, begin, week(REQUESTS_AN_HOUR)) for slot in SLOTS}


def _booked(campaigns: int, random: Random) -> list[Booked]:
    booked = []
    for number in range(campaigns):
        starts = NOW + timedelta(days=random.randint(-20, 40))
        slots = dict.fromkeys(random.sample(tuple(SLOTS), random.randint(1, 3)), 0)
        target = Target(slots, targeting(random), starts, starts + timedelta(days=random.randint(7, 45)))
        booked.append(Booked(f"campaign {number}", target, 0.0))
    return booked


def _sized(booked: Sequence[Booked], groups: Mapping[int, float], sold: float) -> list[Booked]:
    """Share `sold` of all impressions out, each campaign's part by its fair share of every group it may use."""
    fair = [0.0] * len(booked)
    for mask, amount in groups.items():
        rivals = [number for number in range(len(booked)) if mask >> (1 + number) & 1]
        for number in rivals:
            fair[number] += amount / len(rivals)
    return [Booked(each.name, each.target, sold * part) for each, part in zip(booked, fair, strict=True)]


def _full(groups: Mapping[int, float], wanted: Sequence[float]) -> float:
    """What is left for campaign 0, by scipy on all groups; its whole numbers have 31 bits."""
    scale = 1e9 / sum(groups.values())
    ends, campaigns = 2, len(wanted) + 1
    rows: list[int] = []
    columns: list[int] = []
    amounts: list[int] = []
    for place, (mask, amount) in enumerate(groups.items(), start=ends + campaigns):
        units = round(amount * scale)
        members = [number for number in range(campaigns) if mask >> number & 1]
        rows += [0, *[place] * len(members)]
        columns += [place, *(ends + number for number in members)]
        amounts += [units] * (1 + len(members))
    size = ends + campaigns + len(groups)

    def flow(first: int) -> int:
        sinks = [first, *(round(each * scale) for each in wanted)]
        to = [*rows, *range(ends, ends + campaigns)], [*columns, *[1] * campaigns]
        data = np.array([*amounts, *sinks], dtype=np.int32)
        return int(maximum_flow(csr_matrix((data, to), shape=(size, size)), 0, 1).flow_value)

    return (flow(10**9) - flow(0)) / scale


if __name__ == "__main__":
    main()
