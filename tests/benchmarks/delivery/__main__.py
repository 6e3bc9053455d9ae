"""What was booked against what is delivered, rule by rule: `python -m tests.benchmarks.delivery [--quick]`."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from itertools import product
from time import perf_counter

import numpy as np

from tests.benchmarks.delivery import rules
from tests.benchmarks.delivery.measure import Figures, figures
from tests.benchmarks.delivery.mixed import Result, mixed, results
from tests.benchmarks.delivery.ours import Planned
from tests.benchmarks.delivery.run import Fleet, Rule, run
from tests.benchmarks.delivery.world import Settings, World, world

OURS = "adserver"
OTHERS: dict[str, Callable[[World], Rule]] = {
    "revive": rules.NeedOfHour,
    "ethicalads": rules.NeedOfInterval,
    "pass-through": rules.PassThrough,
    "mirror-descent": rules.MirrorDescent,
    "high-water-mark": rules.HighWaterMark,
    "pressure": rules.Pressure,
    "deadline": rules.EarliestDeadline,
    "unpaced": rules.Unpaced,
}
MISJUDGED = (1.3, 0.7, 1.0)
"""What the forecast says by what comes; seeds take turns."""


def main() -> None:
    options = _options()
    fleet = Fleet(options.workers, options.age, options.every)
    if options.mixed:
        _print_mixed(options, fleet)
        return
    for sell_through in options.sell_through:
        for campaigns in options.campaigns:
            found: dict[str, list[Figures]] = {name: [] for name in options.rules}
            for seed in options.seeds:
                place = _world(options, seed, campaigns, sell_through)
                for name in options.rules:
                    found[name].append(_measured(place, name, fleet))
            _print(f"sell-through {sell_through}, {campaigns} campaigns, seeds {options.seeds}", found)


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.benchmarks.delivery", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--campaigns", type=int, nargs="+", default=[100], help="30 to 300")
    parser.add_argument("--sell-through", type=float, nargs="+", default=[0.85, 0.97, 1.25], help="0.7 to 1.3")
    parser.add_argument("--pages", type=int, default=250_000, help="pages of three slots in a fortnight")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--age", type=float, default=10.0, help="seconds that counts are old when weights are made")
    parser.add_argument("--every", type=float, default=5.0, help="seconds between weights, and between their readings")
    parser.add_argument("--misjudged", type=float, help="forecast by what comes; without it 1.3, 0.7, 1.0 in turn")
    parser.add_argument("--unannounced", type=float, default=0.2, help="part of the campaigns unknown until they start")
    parser.add_argument("--rules", nargs="+", choices=[OURS, *OTHERS], default=[OURS, *OTHERS])
    parser.add_argument("--mixed", action="store_true", help="campaigns of all kinds, changed midway, under our rule")
    parser.add_argument("--quick", action="store_true", help="one seed, a fifth of the pages, 50 campaigns, four rules")
    options = parser.parse_args()
    if options.quick:
        options.seeds, options.pages, options.campaigns = options.seeds[:1], options.pages // 5, [50]
        options.rules = [name for name in options.rules if name in ("adserver", "revive", "ethicalads", "unpaced")]
    return options


def _world(options: Namespace, seed: int, campaigns: int, sell_through: float) -> World:
    return world(
        Settings(
            seed=seed,
            pages=options.pages,
            campaigns=campaigns,
            sell_through=sell_through,
            misjudged=options.misjudged or MISJUDGED[(seed - 1) % len(MISJUDGED)],
            unannounced=options.unannounced,
        )
    )


def _measured(place: World, name: str, fleet: Fleet) -> Figures:
    started = perf_counter()
    rule = Planned(place, fleet.workers) if name == OURS else OTHERS[name](place)
    found = figures(place, run(place, rule, fleet))
    settings = place.settings
    note = f"{settings.sell_through} {settings.campaigns} campaigns, seed {settings.seed}, {name}"
    print(f"{note}: {perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    return found


def _print(title: str, found: dict[str, list[Figures]]) -> None:
    print(f"\n{title}\n")
    print("| rule | % of the optimum | worst campaign, % of its goal | distance, points | over, % | unfair, points |")
    print("|---|---|---|---|---|---|")
    for name, runs in found.items():
        distance = 100 * float(np.quantile(np.concatenate([each.distances for each in runs]), 0.9))
        optimum = sum(each.optimum for each in runs) / len(runs)
        worst, unfair = min(each.worst for each in runs), max(each.unfair for each in runs)
        over = max(each.over for each in runs)
        print(f"| {name} | {optimum:.2f} | {worst:.1f} | {distance:.1f} | {over:.2f} | {unfair:.1f} |", flush=True)


def _print_mixed(options: Namespace, fleet: Fleet) -> None:
    for sell_through, campaigns in product(options.sell_through, options.campaigns):
        found: list[list[Result]] = []
        for seed in options.seeds:
            place = mixed(_world(options, seed, campaigns, sell_through))
            found.append(results(place, run(place, Planned(place, fleet.workers), fleet)))
        print(f"\nsell-through {sell_through}, {campaigns} campaigns, seeds {options.seeds}\n")
        print("| kind | delivered, % | worst campaign, % of its goal | over, % |")
        print("|---|---|---|---|")
        for runs in zip(*found, strict=True):
            delivered = sum(each.delivered for each in runs) / len(runs)
            worst, over = min(each.worst for each in runs), max(each.over for each in runs)
            print(f"| {runs[0].kind} | {delivered:.2f} | {worst:.1f} | {over:.2f} |", flush=True)


if __name__ == "__main__":
    main()
