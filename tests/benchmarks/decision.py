"""How long a decision for three slots takes: `python -m tests.benchmarks.decision`."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from statistics import median, quantiles
from time import perf_counter

from adserver.decision import NO_PACES, AdRequest, build_index, decide
from adserver.inventory.folding import PROVINCES
from adserver.inventory.model import (
    AdvertiserId,
    AnyOf,
    Between,
    Campaign,
    CampaignId,
    Condition,
    Creative,
    CreativeId,
    CreativeKind,
    Goal,
    GoalKind,
    Inventory,
    NoneOf,
    Site,
    SiteId,
    Size,
    Slot,
    SlotId,
    Tier,
)

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SITE = Site(SiteId(1), "haber", "Haber", ("localhost",), "Europe/Istanbul", "tr")
SLOTS = (
    Slot(SlotId(1), SITE.id, "top", "REKLAM ALANI", (Size(970, 250), Size(728, 90), Size(320, 100))),
    Slot(SlotId(2), SITE.id, "in-article", "ARA REKLAM ALANI", (Size(300, 250),)),
    Slot(SlotId(3), SITE.id, "footer", "REKLAM ALANI", (Size(728, 90), Size(320, 100))),
)
SECTIONS = ("gundem", "yerel", "ekonomi", "spor", "magazin", "saglik", "afet")
WEATHER = ("açık", "yağmurlu", "karlı", "bulutlu", "sisli")
DEVICES = ("desktop", "mobile", "tablet")


def main() -> None:
    print("campaigns   build s   p50 µs   p99 µs   filled   (one request for three slots)")
    for count in (20, 200, 2_000, 20_000):
        print("{:9,}  {:8.3f}  {:7.1f}  {:7.1f}  {:6.0%}".format(count, *measure(count, Random(count))))


def measure(campaigns: int, random: Random, requests: int = 5_000) -> tuple[float, float, float, float]:
    """Seconds to build, median and 99th percentile of microseconds a request, part of the slots that were filled."""
    booked = inventory(campaigns, random)
    started = perf_counter()
    index = build_index(booked)
    built = perf_counter() - started
    asked = [request(random) for _ in range(requests)]
    micros, filled = [], 0
    for each in asked:
        started = perf_counter()
        decisions = decide(index, each, random.random)
        micros.append((perf_counter() - started) * 1e6)
        filled += sum(decision.creative is not None for decision in decisions)
    return built, median(micros), quantiles(micros, n=100)[98], filled / (3 * requests)


def inventory(campaigns: int, random: Random) -> Inventory:
    booked = [_campaign(number, random) for number in range(1, campaigns + 1)]
    return Inventory((SITE,), SLOTS, (), booked, {})


def request(random: Random) -> AdRequest:
    temperature = (str(random.randint(-5, 40)), f"{random.randint(-5, 40)},5")
    attributes = {
        "city": (random.choice(PROVINCES),),
        "device": (random.choice(DEVICES),),
        "os": ("android",),
        "browser": ("chrome",),
        "language": ("tr",),
        "section": (random.choice(SECTIONS),),
        "keyword": tuple(f"konu-{random.randrange(200)}" for _ in range(3)),
        "weather": (random.choice(WEATHER),),
        "temperature": (random.choice(temperature),),
    }
    when = NOW + timedelta(seconds=random.randrange(60))
    return AdRequest(SITE, ("top", "in-article", "footer"), attributes, when, random.choice((None, 360, 1280)))


def _campaign(number: int, random: Random) -> Campaign:
    tier = random.choices(tuple(Tier), (1, 25, 64, 10))[0]
    if tier is Tier.SPONSORSHIP and number > 2_000:  # of a site's requests there are only so many shares to sell
        tier = Tier.STANDARD
    starts = NOW - timedelta(days=random.randint(0, 30))
    return Campaign(
        id=CampaignId(number),
        advertiser_id=AdvertiserId(number // 5 + 1),
        key=f"kampanya-{number}",
        name=f"Kampanya {number}",
        tier=tier,
        slots=tuple(slot.id for slot in random.sample(SLOTS, random.randint(1, 3))),
        creatives=_creatives(number, random),
        starts=starts,
        ends=starts + timedelta(days=random.randint(25, 60)),
        goal=Goal(GoalKind.SHARE, Decimal("0.25")) if tier is Tier.SPONSORSHIP else None,
        exclusion=(f"sektor-{random.randrange(20)}",) if random.random() < 0.3 else (),
        targeting=_targeting(random),
    )


def _creatives(number: int, random: Random) -> tuple[Creative, ...]:
    sizes = (Size(970, 250), Size(728, 90), Size(320, 100), Size(300, 250))
    return tuple(
        Creative(
            CreativeId(number * 10 + place), CampaignId(number), f"k-{number}-{place}", CreativeKind.HTML, size, ""
        )
        for place, size in enumerate(random.sample(sizes, random.randint(2, 4)))
    )


def _targeting(random: Random) -> dict[str, Condition]:
    lowest = random.randint(-5, 30)
    likely: dict[str, tuple[float, Condition]] = {
        "city": (0.45, AnyOf(tuple(random.sample(PROVINCES, random.randint(1, 6))))),
        "device": (0.3, AnyOf(tuple(random.sample(DEVICES, random.randint(1, 2))))),
        "section": (0.4, random.choice((AnyOf, NoneOf))(tuple(random.sample(SECTIONS, 2)))),
        "keyword": (0.1, AnyOf(tuple(f"konu-{random.randrange(200)}" for _ in range(5)))),
        "weather": (0.1, AnyOf((random.choice(WEATHER),))),
        "temperature": (0.1, Between(lowest, random.choice((None, lowest + 10)))),
        "hours": (0.2, AnyOf((f"mon-fri {random.randint(6, 11):02}:00-{random.randint(12, 24)}:00",))),
    }
    return {name: condition for name, (chance, condition) in likely.items() if random.random() < chance}


if __name__ == "__main__":
    main()
