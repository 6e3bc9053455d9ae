"""An inventory of many campaigns, targeted as a regional publisher's are, and the requests of its readers."""

import json
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from adserver.decision import AdRequest
from adserver.inventory.columns import amount_text
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
    Price,
    PriceModel,
    Site,
    SiteId,
    Size,
    Slot,
    SlotId,
    Tier,
)
from adserver.inventory.targeting import targeting_data

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SITE = Site(SiteId(1), "demo-haber", "Demo Haber", ("localhost", "127.0.0.1"), "Europe/Istanbul", "tr")
SLOTS = (
    Slot(SlotId(1), SITE.id, "top", "REKLAM ALANI", (Size(970, 250), Size(728, 90), Size(320, 100))),
    Slot(SlotId(2), SITE.id, "in-article", "ARA REKLAM ALANI", (Size(300, 250),)),
    Slot(SlotId(3), SITE.id, "footer", "REKLAM ALANI", (Size(728, 90), Size(320, 100))),
)
SIZES = {"top": SLOTS[0].sizes, "in-article": SLOTS[1].sizes, "footer": SLOTS[2].sizes}
SECTIONS = ("gundem", "yerel", "ekonomi", "spor", "magazin", "saglik", "afet", "egitim")
WEATHER = ("açık", "yağmurlu", "karlı", "bulutlu", "sisli")
WIDTHS = {"mobile": (360, 390, 412), "tablet": (768, 820), "desktop": (1280, 1440, 1920)}
KEYWORDS = tuple(f"konu-{number}" for number in range(200))
CREATIVES = 3
MOST_SPONSORS = 8
"""A site has only so many shares of its requests to sell."""


def inventory(campaigns: int, seed: int = 1) -> Inventory:
    """Live campaigns of all tiers; the same seed gives the same."""
    chance = random.Random(seed)
    booked = [_campaign(number, chance) for number in range(1, campaigns + 1)]
    urls = {creative.id: creative.click_url for campaign in booked for creative in campaign.creatives}
    return Inventory((SITE,), SLOTS, (), booked, urls)


def requests(count: int, seed: int = 1) -> list[AdRequest]:
    """What readers ask for within five hours, for three slots each: provinces and keywords by Zipf, weather by province
    and hour."""
    chance = random.Random(seed)
    return [_request(chance, NOW + number * timedelta(hours=5) / count) for number in range(count)]


def query_of(request: AdRequest) -> str:
    """The request as the query of `/v1/ads`."""
    attributes = [(f"kv.{name}", value) for name, values in request.attributes.items() for value in values]
    width = [("w", str(request.max_width))] if request.max_width else []
    return urlencode([("site", request.site.key), ("slots", ",".join(request.slots)), *attributes, *width])


def write_inventory(folder: Path, campaigns: int, seed: int = 1) -> Path:
    """Write the inventory as a file and return its path."""
    booked = inventory(campaigns, seed).campaigns
    site = {
        "key": SITE.key,
        "name": SITE.name,
        "domains": list(SITE.domains),
        "slots": [{"name": each.name, "label": each.label, "sizes": list(map(str, each.sizes))} for each in SLOTS],
    }
    advertiser = {"key": "a", "name": "A", "campaigns": list(map(_file_campaign, booked))}
    path = folder / "inventory.yaml"
    path.write_text(json.dumps({"sites": [site], "advertisers": [advertiser]}))
    return path


class _Readers(NamedTuple):
    provinces: tuple[str, ...]
    by_province: list[float]
    by_keyword: list[float]


def _zipf(count: int) -> list[float]:
    return list(accumulate(1 / rank for rank in range(1, count + 1)))


_READERS = _Readers(PROVINCES, _zipf(len(PROVINCES)), _zipf(2 * len(KEYWORDS)))


def _request(chance: random.Random, when: datetime) -> AdRequest:
    [city] = chance.choices(_READERS.provinces, cum_weights=_READERS.by_province)
    [device] = chance.choices(("mobile", "desktop", "tablet"), (75, 20, 5))
    keywords = chance.choices(range(2 * len(KEYWORDS)), cum_weights=_READERS.by_keyword, k=3)
    weather = random.Random(f"{city} {when.hour}")
    attributes = {
        "city": (city,),
        "device": (device,),
        "os": ("android",),
        "browser": ("chrome",),
        "language": ("tr",),
        "section": (chance.choice(SECTIONS),),
        "keyword": tuple(f"konu-{keyword}" for keyword in keywords),
        "weather": (weather.choice(WEATHER),),
        "temperature": (f"{weather.randint(-5, 40)},{weather.choice('05')}",),
    }
    return AdRequest(SITE, tuple(SIZES), attributes, when, chance.choice(WIDTHS[device]))


def _campaign(number: int, chance: random.Random) -> Campaign:
    tier = chance.choices(tuple(Tier), (1, 25, 64, 10))[0]
    if tier is Tier.SPONSORSHIP and number > 100 * MOST_SPONSORS:
        tier = Tier.STANDARD
    starts = NOW.replace(hour=21, minute=0) - timedelta(days=chance.randint(2, 30))
    slots = chance.sample(SLOTS, chance.randint(1, 3))
    return Campaign(
        id=CampaignId(number),
        advertiser_id=AdvertiserId(1),
        key=f"kampanya-{number}",
        name=f"Kampanya {number}",
        tier=tier,
        slots=tuple(slot.id for slot in slots),
        creatives=_creatives(number, sorted({size for slot in slots for size in slot.sizes}), chance),
        starts=starts,
        ends=starts + timedelta(days=chance.randint(32, 60)),
        goal=_goal(tier, chance),
        price=Price(PriceModel.CPM, chance.randint(20, 90) * 1_000_000, "TRY") if tier is Tier.STANDARD else None,
        exclusion=(f"sektor-{chance.randrange(20)}",) if chance.random() < 0.3 else (),
        targeting=_targeting(chance),
    )


def _goal(tier: Tier, chance: random.Random) -> Goal | None:
    if tier is Tier.SPONSORSHIP:
        return Goal(GoalKind.SHARE, Decimal("0.25"))
    return Goal(GoalKind.IMPRESSIONS, Decimal(chance.randint(10, 500) * 1000)) if tier is Tier.GUARANTEED else None


def _creatives(number: int, sizes: list[Size], chance: random.Random) -> tuple[Creative, ...]:
    return tuple(
        Creative(
            id=CreativeId(number * 10 + place),
            campaign_id=CampaignId(number),
            key=f"k-{place}",
            kind=CreativeKind.IMAGE,
            size=sizes[(number + place) % len(sizes)],
            click_url=f"https://advertiser.example/{number}/{place}",
            src=f"https://cdn.example/{number}-{place}.png",
            alt=f"Kampanya {number}",
            weight=chance.randint(1, 3),
        )
        for place in range(CREATIVES)
    )


def _targeting(chance: random.Random) -> dict[str, Condition]:
    lowest = chance.randint(-5, 30)
    likely: dict[str, tuple[float, Condition]] = {
        "city": (0.45, AnyOf(tuple(chance.sample(PROVINCES, chance.randint(1, 6))))),
        "device": (0.3, AnyOf(tuple(chance.sample(tuple(WIDTHS), chance.randint(1, 2))))),
        "section": (0.4, chance.choice((AnyOf, NoneOf))(tuple(chance.sample(SECTIONS, 2)))),
        "keyword": (0.1, AnyOf(tuple(chance.sample(KEYWORDS, 5)))),
        "weather": (0.1, AnyOf((chance.choice(WEATHER),))),
        "temperature": (0.1, Between(float(lowest), chance.choice((None, lowest + 10.0)))),
        "hours": (0.2, AnyOf((f"mon-fri {chance.randint(6, 11):02}:00-{chance.randint(13, 24)}:00",))),
    }
    return {name: condition for name, (part, condition) in likely.items() if chance.random() < part}


def _file_campaign(campaign: Campaign) -> Mapping[str, Any]:
    names = {slot.id: f"{SITE.key}/{slot.name}" for slot in SLOTS}
    goal, price = campaign.goal, campaign.price
    optional = {
        "goal": goal and {goal.kind.value: str(goal.amount)},
        "price": price and {"model": price.model.value, "amount": amount_text(price.micros)},
        "exclusion": list(campaign.exclusion),
        "targeting": targeting_data(campaign.targeting),
    }
    return {
        "key": campaign.key,
        "name": campaign.name,
        "tier": campaign.tier.value,
        "starts": campaign.starts and campaign.starts.isoformat(),
        "ends": campaign.ends and campaign.ends.isoformat(),
        "slots": [names[slot] for slot in campaign.slots],
        "creatives": list(map(_file_creative, campaign.creatives)),
        **{key: value for key, value in optional.items() if value},
    }


def _file_creative(creative: Creative) -> Mapping[str, Any]:
    return {
        "key": creative.key,
        "kind": creative.kind.value,
        "size": str(creative.size),
        "src": creative.src,
        "click_url": creative.click_url,
        "alt": creative.alt,
        "weight": creative.weight,
    }
