"""The inventory as values: what a worker knows of sites, slots, campaigns and creatives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, NewType, Self

SiteId = NewType("SiteId", int)
SlotId = NewType("SlotId", int)
AdvertiserId = NewType("AdvertiserId", int)
CampaignId = NewType("CampaignId", int)
CreativeId = NewType("CreativeId", int)


class Tier(StrEnum):
    """Who goes first: the members stand in the order in which tiers are asked."""

    SPONSORSHIP = "sponsorship"
    GUARANTEED = "guaranteed"
    STANDARD = "standard"
    HOUSE = "house"


class GoalKind(StrEnum):
    IMPRESSIONS = "impressions"
    VIEWABLE = "viewable"
    CLICKS = "clicks"
    SHARE = "share"


class PriceModel(StrEnum):
    CPM = "cpm"
    VCPM = "vcpm"
    CPC = "cpc"
    FLAT = "flat"


class Pacing(StrEnum):
    EVEN = "even"
    ASAP = "asap"


class Rotation(StrEnum):
    """How a campaign's creatives take turns: each as often, by their weights, or by how they are clicked."""

    EVEN = "even"
    WEIGHTED = "weighted"
    OPTIMISED = "optimised"


class Status(StrEnum):
    """Only what is active is shown. A creative may also wait for its approval, or have been refused it."""

    ACTIVE = "active"
    PAUSED = "paused"
    PENDING = "pending"
    REJECTED = "rejected"


class CreativeKind(StrEnum):
    IMAGE = "image"
    HTML = "html"
    TEXT = "text"


class Size(NamedTuple):
    """Width and height in CSS pixels."""

    width: int
    height: int

    @classmethod
    @lru_cache(1024)  # few sizes, and many creatives of each
    def parse(cls, text: str) -> Self:
        """Read "728x90". Raises ValueError for anything else."""
        width, _, height = text.partition("x")
        return cls(int(width), int(height))

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


PAGE = timedelta(0)
"""The period of a cap that counts within one page."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A quantity of events, or for sponsorship the share (0 to 1] of a slot's requests."""

    kind: GoalKind
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """`micros` are millionths of the currency: for a thousand (cpm, vcpm), a click (cpc) or the whole flight (flat)."""

    model: PriceModel
    micros: int
    currency: str


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `impressions` to one reader within `per`; PAGE is within one page, and binds without any record."""

    impressions: int
    per: timedelta


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when the request has at least one of these values, compared under Turkish case folding."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Holds when the request has none of these values."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """Holds when the request has a number within the bounds, both inclusive; None is unbounded."""

    minimum: float | None
    maximum: float | None


Condition = AnyOf | NoneOf | Between
Targeting = Mapping[str, Condition]
"""Dimension name to its condition; all must hold. `hours` has day-part texts ("mon-fri 07:00-10:00")."""


@dataclass(frozen=True, slots=True)
class Site:
    id: SiteId
    key: str
    name: str
    domains: tuple[str, ...]
    timezone: str
    language: str
    ads_txt: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """Put the slot after this paragraph, counted from the end where negative, of what the CSS selector finds, or of the
    article; then again after every so many, `max` times in all. Articles with fewer paragraphs are left alone."""

    after_paragraph: int
    within: str | None = None
    every: int | None = None
    max: int | None = None
    min_paragraphs: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """`placement` says where a page without the slot's element puts it; None leaves that to the template."""

    id: SlotId
    site_id: SiteId
    name: str
    label: str
    sizes: tuple[Size, ...]
    placement: Placement | None = None


@dataclass(frozen=True, slots=True)
class Advertiser:
    id: AdvertiserId
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Creative:
    """`asset` names a stored file ("<hash>.png"); an image has either that or `src`, an HTML creative has `html`, a
    text creative `title` and `text`, and perhaps an image. `hours` are day-parts as in targeting; none are all."""

    id: CreativeId
    campaign_id: CampaignId
    key: str
    kind: CreativeKind
    size: Size
    click_url: str
    asset: str | None = None
    src: str | None = None
    html: str | None = None
    alt: str = ""
    weight: int = 1
    category: str | None = None
    status: Status = Status.ACTIVE
    title: str | None = None
    text: str | None = None
    hours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Campaign:
    """`starts` is inclusive, `ends` exclusive; None is open. A `roadblock` shows all its creatives on one page or none.
    `budget_micros` bounds what it may spend, in the price's currency."""

    id: CampaignId
    advertiser_id: AdvertiserId
    key: str
    name: str
    tier: Tier
    slots: tuple[SlotId, ...]
    creatives: tuple[Creative, ...]
    starts: datetime | None = None
    ends: datetime | None = None
    goal: Goal | None = None
    price: Price | None = None
    pacing: Pacing = Pacing.EVEN
    caps: tuple[Cap, ...] = ()
    exclusion: tuple[str, ...] = ()
    targeting: Targeting = field(default_factory=dict)
    status: Status = Status.ACTIVE
    rotation: Rotation = Rotation.WEIGHTED
    roadblock: bool = False
    budget_micros: int | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that is not archived, each sequence sorted by id; paused campaigns and creatives are included.

    `click_urls` holds the address of every creative there ever was, since a click on an ended one still redirects.
    """

    sites: Sequence[Site]
    slots: Sequence[Slot]
    advertisers: Sequence[Advertiser]
    campaigns: Sequence[Campaign]
    click_urls: Mapping[CreativeId, str]
