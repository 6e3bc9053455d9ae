"""A paper's traffic and the targetings of its campaigns, made of chance, for the benchmarks of forecasts."""

import math
from collections.abc import Mapping
from random import Random

from adserver.forecast.clock import HOURS_A_WEEK
from adserver.forecast.sample import Amount, PageKind
from adserver.inventory.folding import PROVINCES, fold
from adserver.inventory.model import AnyOf, Condition, NoneOf, SiteId, SlotId

SITE = SiteId(1)
TOP, IN_ARTICLE, FOOTER = SlotId(1), SlotId(2), SlotId(3)
SLOTS = {TOP: SITE, IN_ARTICLE: SITE, FOOTER: SITE}
SECTIONS = ("gundem", "yerel", "ekonomi", "spor", "magazin", "saglik", "afet")
DEVICES = ("mobile", "desktop", "tablet")
WEATHER = ("açık", "yağmurlu", "karlı", "bulutlu")


def kinds() -> Mapping[PageKind, Amount]:
    """A month's kinds of pages."""
    shares = [1 / (rank + 1) for rank in range(len(PROVINCES))]
    kinds = {}
    for city, share in zip(PROVINCES, shares, strict=True):
        for place, section in enumerate(SECTIONS):
            for device, part in zip(DEVICES, (0.72, 0.24, 0.04), strict=True):
                for sky in WEATHER:
                    attributes = (
                        ("city", (fold(city),)),
                        ("device", (device,)),
                        ("section", (section,)),
                        ("weather", (fold(sky),)),
                    )
                    noted = max(1, round(40_000 * share / (place + 1) * part / len(WEATHER)))
                    slots = (TOP, IN_ARTICLE, FOOTER) if place % 3 else (TOP, FOOTER)
                    kinds[PageKind(SITE, slots, 0, attributes)] = Amount(20 * noted, noted)
    return kinds


def week(height: float) -> list[float]:
    """Return requests by hour of the week: two peaks a day, quiet weekends."""

    def requests(place: int) -> float:
        day, hour = divmod(place, 24)
        curve = 0.15 + math.exp(-(((hour - 9) / 3) ** 2)) + 0.9 * math.exp(-(((hour - 21) / 3) ** 2))
        return height * curve * (0.75 if day >= 5 else 1.0)

    return [requests(place) for place in range(HOURS_A_WEEK)]


def targeting(random: Random) -> dict[str, Condition]:
    """Return a campaign's targeting, as papers sell it."""
    likely: dict[str, tuple[float, Condition]] = {
        "city": (0.45, AnyOf(tuple(random.sample(PROVINCES, random.randint(1, 6))))),
        "device": (0.3, AnyOf(tuple(random.sample(DEVICES, random.randint(1, 2))))),
        "section": (0.4, random.choice((AnyOf, NoneOf))(tuple(random.sample(SECTIONS, 2)))),
        "weather": (0.1, AnyOf((random.choice(WEATHER),))),
        "hours": (0.2, AnyOf((f"mon-fri {random.randint(6, 11):02}:00-{random.randint(12, 24)}:00",))),
    }
    return {name: condition for name, (chance, condition) in likely.items() if random.random() < chance}
