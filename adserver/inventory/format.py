"""The format of the inventory file: the fields of each part, and the rules between the fields of one part."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator, model_validator

from adserver.inventory import fields, moments
from adserver.inventory.faults import one_of
from adserver.inventory.fields import CONTROL, describe, member, read_text, whole
from adserver.inventory.model import CreativeKind, GoalKind, Pacing, PriceModel, Rotation, Status, Tier

_QUANTITIES = ("impressions", "viewable", "clicks")
_SOURCES = ("file", "asset", "src")
_WORDS = ("title", "text")
_ADS_TXT_RECORD = re.compile(r"[^\s,]+\.[^\s,]+\s*,[^,]+,\s*(DIRECT|RESELLER)\s*(,[^,]+)?", re.IGNORECASE)
_ADS_TXT_VARIABLE = re.compile(r"[A-Za-z]+\s*=.+")
_MAX_HTML = 250_000
_MAX_TITLE = 90
_MAX_TEXT = 300

Count = Annotated[int, whole(1, 10**12)]


@dataclass(frozen=True, slots=True)
class Context:
    """What the rules of a part need besides its valid fields: the keys it has, and its campaign's time zone."""

    given: frozenset[str] = frozenset()
    zone: ZoneInfo | None = None


def _context(info: ValidationInfo) -> Context:
    return info.context or Context()


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FilePart(Part):
    sites: list[Any] = []
    advertisers: list[Any] = []


class SitePart(Part):
    key: fields.Key
    name: fields.Text
    domains: fields.NonEmptySet[fields.Domain]
    timezone: fields.TimeZone = "Europe/Istanbul"
    language: fields.Text = "tr"
    ads_txt: fields.Lines = ""
    slots: list[Any] = []

    @field_validator("language")
    @classmethod
    def _is_spoken(cls, language: str) -> str:
        if language not in ("tr", "en"):
            raise ValueError(f"expected tr or en, found {language}")
        return language

    @field_validator("ads_txt")
    @classmethod
    def _is_ads_txt(cls, text: str) -> str:
        for number, line in enumerate(text.splitlines(), 1):
            content = line.partition("#")[0].strip()
            if content and not _ADS_TXT_RECORD.fullmatch(content) and not _ADS_TXT_VARIABLE.fullmatch(content):
                expected = "domain, account, DIRECT or RESELLER[, id]"
                raise ValueError(f"expected {expected}, found {describe(content)} on its line {number}")
        return text


class PlacementPart(Part):
    after_paragraph: Annotated[int, fields.PlainValidator(fields.read_paragraph)]
    within: fields.Selector | None = None
    every: Annotated[int, whole(1, 100)] | None = None
    max: Annotated[int, whole(1, 20)] | None = None
    min_paragraphs: Annotated[int, whole(1, 1000)] | None = None

    @model_validator(mode="after")
    def _ends(self) -> "PlacementPart":
        if (self.every is None) != (self.max is None):
            raise ValueError("every and max go together: every 3 paragraphs, at most 4 times")
        if self.every is not None and self.after_paragraph < 0:
            raise ValueError("every counts on from a paragraph that is counted from the beginning")
        return self


class SlotPart(Part):
    name: fields.Key
    label: fields.Text = ""
    sizes: fields.NonEmptySet[fields.SizeText]
    placement: PlacementPart | None = None


class AdvertiserPart(Part):
    key: fields.Key
    name: fields.Text
    campaigns: list[Any] = []


class GoalPart(Part):
    impressions: Count | None = None
    viewable: Count | None = None
    clicks: Count | None = None
    share: fields.Share | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "GoalPart":
        if len(self.model_fields_set) != 1:
            raise ValueError(f"expected exactly one of {one_of([*_QUANTITIES, 'share'])}")
        return self

    @property
    def kind(self) -> GoalKind:
        return GoalKind(*self.model_fields_set)

    @property
    def amount(self) -> Decimal:
        return Decimal(getattr(self, self.kind))


class PricePart(Part):
    model: Annotated[PriceModel, member(PriceModel)]
    amount: fields.Micros
    currency: fields.Currency = "TRY"

    @field_validator("amount")
    @classmethod
    def _divides(cls, micros: int, info: ValidationInfo) -> int:
        if info.data.get("model") in (PriceModel.CPM, PriceModel.VCPM) and micros % 1000:
            raise ValueError("a price for a thousand has at most 3 decimals")
        return micros


class CapPart(Part):
    impressions: Annotated[int, whole(1, 10_000)]
    per: fields.Period


def _start(value: Any, info: ValidationInfo) -> datetime:
    return moments.read_start(read_text(value), _context(info).zone)


def _end(value: Any, info: ValidationInfo) -> datetime:
    return moments.read_end(read_text(value), _context(info).zone)


class CampaignPart(Part):
    """`targeting` and `creatives` are read apart, since their faults are more than one."""

    key: fields.Key
    name: fields.Text
    status: Annotated[Status, member(Status, Status.ACTIVE, Status.PAUSED)] = Status.ACTIVE
    starts: Annotated[datetime, fields.PlainValidator(_start)] | None = None
    ends: Annotated[datetime, fields.PlainValidator(_end)] | None = None
    tier: Annotated[Tier, member(Tier)]
    goal: GoalPart | None = None
    price: PricePart | None = None
    budget: fields.Micros | None = None
    pacing: Annotated[Pacing, member(Pacing)] = Pacing.EVEN
    rotation: Annotated[Rotation, member(Rotation)] = Rotation.WEIGHTED
    roadblock: fields.YesNo = False
    caps: tuple[CapPart, ...] = ()
    exclusion: fields.Set[fields.Text] = ()
    slots: fields.Set[fields.SlotReference]
    targeting: Any = None
    creatives: list[Any] = []

    @field_validator("ends")
    @classmethod
    def _is_after_start(cls, ends: datetime | None, info: ValidationInfo) -> datetime | None:
        starts = info.data.get("starts")
        if starts and ends and ends <= starts:
            raise ValueError("ends before it starts")
        return ends

    @field_validator("tier")
    @classmethod
    def _has_what_it_needs(cls, tier: Tier, info: ValidationInfo) -> Tier:
        missing = [key for key in ("goal", "ends") if key not in _context(info).given]
        if tier is Tier.GUARANTEED and missing:
            raise ValueError(f"a guaranteed campaign needs {' and '.join(missing)}")
        return tier

    @field_validator("price")
    @classmethod
    def _is_earned_in_time(cls, price: PricePart | None, info: ValidationInfo) -> PricePart | None:
        missing = [key for key in ("starts", "ends") if key not in _context(info).given]
        if price and price.model is PriceModel.FLAT and missing:
            raise ValueError(f"a flat price is earned from start to end: the campaign needs {' and '.join(missing)}")
        return price

    @field_validator("budget")
    @classmethod
    def _is_spent_by_events(cls, budget: int | None, info: ValidationInfo) -> int | None:
        price = info.data.get("price")
        if budget is None or ("price" in _context(info).given and "price" not in info.data):
            return budget
        if budget == 0:
            raise ValueError("a budget is above 0")
        if price is None or price.model is PriceModel.FLAT:
            raise ValueError("a budget is spent by events: the campaign needs a price of cpm, vcpm or cpc")
        return budget

    @field_validator("goal")
    @classmethod
    def _suits_tier(cls, goal: GoalPart | None, info: ValidationInfo) -> GoalPart | None:
        tier = info.data.get("tier")
        if not goal or not tier:
            return goal
        if tier is Tier.HOUSE:
            raise ValueError("a house campaign has no goal")
        if tier is Tier.SPONSORSHIP and goal.kind is not GoalKind.SHARE:
            raise ValueError(f"a sponsorship's goal is a share, found {goal.kind}")
        if tier is not Tier.SPONSORSHIP and goal.kind is GoalKind.SHARE:
            raise ValueError(f"only a sponsorship has a share; a {tier} campaign has {one_of(_QUANTITIES)}")
        return goal


def _html(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected HTML, found {describe(value)}")
    if len(value) > _MAX_HTML:
        raise ValueError(f"expected at most {_MAX_HTML:,} characters, found {len(value):,}")
    if CONTROL.search(re.sub(r"[\n\r\t]", "", value)):
        raise ValueError("expected HTML without control characters")
    return value


def _alt(value: Any) -> str:
    return "" if value == "" else read_text(value)


def _short(limit: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        text = read_text(value)
        if len(text) > limit:
            raise ValueError(f"expected at most {limit} characters, found {len(text)}")
        return text

    return read


class CreativePart(Part):
    key: fields.Key
    size: fields.SizeText
    file: fields.Text | None = None
    asset: fields.Text | None = None
    src: fields.Url | None = None
    html: Annotated[str, fields.PlainValidator(_html)] | None = None
    title: Annotated[str, fields.PlainValidator(_short(_MAX_TITLE))] | None = None
    text: Annotated[str, fields.PlainValidator(_short(_MAX_TEXT))] | None = None
    kind: Annotated[CreativeKind, member(CreativeKind)]
    alt: Annotated[str, fields.PlainValidator(_alt)] = ""
    click_url: fields.Url
    weight: Annotated[int, whole(1, 1000)] = 1
    category: fields.Text | None = None
    hours: fields.Set[fields.Hours] = ()
    status: Annotated[Status, member(Status)] = Status.ACTIVE

    @field_validator("kind")
    @classmethod
    def _has_its_source(cls, kind: CreativeKind, info: ValidationInfo) -> CreativeKind:
        given = [key for key in (*_SOURCES, "html", *_WORDS) if key in _context(info).given]
        found = " and ".join(given) or "none"
        if kind is CreativeKind.TEXT and not _is_text(given):
            raise ValueError(f"a text creative has title, text, and at most one of {one_of(_SOURCES)}, found {found}")
        if kind is CreativeKind.HTML and given != ["html"]:
            raise ValueError(f"an html creative has html and no other source, found {found}")
        if kind is CreativeKind.IMAGE and (len(given) != 1 or given[0] not in _SOURCES):
            raise ValueError(f"an image has one of {one_of(_SOURCES)}, found {found}")
        return kind


def _is_text(given: Sequence[str]) -> bool:
    pictures = [key for key in given if key not in _WORDS]
    return set(_WORDS) <= set(given) and len(pictures) <= 1 and "html" not in pictures


NESTED: dict[str, type[Part]] = {"placement": PlacementPart, "goal": GoalPart, "price": PricePart, "caps": CapPart}
