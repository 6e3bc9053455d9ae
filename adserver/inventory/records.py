"""The inventory as records under natural keys: what a file wants and what the database has, ready to compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from adserver.inventory.fields import SlotKey
from adserver.inventory.images import Asset
from adserver.inventory.model import (
    Cap,
    CreativeKind,
    Goal,
    Pacing,
    Placement,
    Price,
    Rotation,
    Size,
    Status,
    Targeting,
    Tier,
)


class Kind(StrEnum):
    """In the order in which they are written: what is referred to comes first."""

    SITE = "site"
    SLOT = "slot"
    ADVERTISER = "advertiser"
    CAMPAIGN = "campaign"
    CREATIVE = "creative"


class Ref(NamedTuple):
    """What names a record for good. `parent` is a slot's site or a creative's campaign."""

    kind: Kind
    key: str
    parent: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.parent}/{self.key}" if self.parent else f"{self.kind} {self.key}"


@dataclass(frozen=True, slots=True)
class SiteRecord:
    name: str
    domains: tuple[str, ...]
    timezone: str
    language: str
    ads_txt: str


@dataclass(frozen=True, slots=True)
class SlotRecord:
    label: str
    sizes: tuple[Size, ...]
    placement: Placement | None


@dataclass(frozen=True, slots=True)
class AdvertiserRecord:
    name: str


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """`slots` are sorted."""

    advertiser: str
    name: str
    status: Status
    starts: datetime | None
    ends: datetime | None
    tier: Tier
    goal: Goal | None
    price: Price | None
    pacing: Pacing
    caps: tuple[Cap, ...]
    exclusion: tuple[str, ...]
    slots: tuple[SlotKey, ...]
    targeting: Targeting
    budget_micros: int | None = None
    rotation: Rotation = Rotation.WEIGHTED
    roadblock: bool = False


@dataclass(frozen=True, slots=True)
class CreativeRecord:
    kind: CreativeKind
    size: Size
    asset: str | None
    src: str | None
    html: str | None
    alt: str
    click_url: str
    weight: int
    category: str | None
    status: Status
    title: str | None = None
    text: str | None = None
    hours: tuple[str, ...] = ()


Record = SiteRecord | SlotRecord | AdvertiserRecord | CampaignRecord | CreativeRecord


class Stored(NamedTuple):
    """`archived` is the record's own state, whatever its site or campaign is."""

    record: Record
    archived: bool


class Place(NamedTuple):
    line: int
    path: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a faultless file asks for, in its order, where it says so, and the images that are not stored yet."""

    records: Mapping[Ref, Record]
    places: Mapping[Ref, Place]
    assets: Mapping[str, Asset]
