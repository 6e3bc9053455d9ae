"""A small site to decide for, and every way that a decision can fall."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from adserver.decision import NO_PACES, AdRequest, Decision, DecisionIndex, Draw, NoFill, Paces, build_index, decide
from adserver.decision.choose import choose_in_python
from adserver.decision.pool import Limits
from adserver.inventory.model import (
    PAGE,
    AdvertiserId,
    AnyOf,
    Campaign,
    CampaignId,
    Cap,
    Condition,
    Creative,
    CreativeId,
    CreativeKind,
    Goal,
    GoalKind,
    Inventory,
    Price,
    PriceModel,
    Rotation,
    Site,
    SiteId,
    Size,
    Slot,
    SlotId,
    Status,
    Tier,
)
from tests.decision.chances import chances

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # a Tuesday, 12:30 in Istanbul
SITE = Site(SiteId(1), "haber", "Haber", ("localhost",), "Europe/Istanbul", "tr")
WIDE, LEADERBOARD, PHONE, BOX = Size(970, 250), Size(728, 90), Size(320, 100), Size(300, 250)
TOP = Slot(SlotId(1), SITE.id, "top", "REKLAM ALANI", (WIDE, LEADERBOARD, PHONE))
IN_ARTICLE = Slot(SlotId(2), SITE.id, "in-article", "ARA REKLAM ALANI", (BOX,))
FOOTER = Slot(SlotId(3), SITE.id, "footer", "REKLAM ALANI", (LEADERBOARD, PHONE))
SLOTS = (TOP, IN_ARTICLE, FOOTER)


def creative(
    number: int,
    size: Size = PHONE,
    weight: int = 1,
    status: Status = Status.ACTIVE,
    hours: tuple[str, ...] = (),
) -> Creative:
    """A creative of campaign `number // 10`."""
    kind, url = CreativeKind.HTML, f"https://example.com/{number}"
    return Creative(
        CreativeId(number),
        CampaignId(number // 10),
        f"c{number}",
        kind,
        size,
        url,
        weight=weight,
        status=status,
        hours=hours,
    )


def campaign(
    number: int,
    tier: Tier = Tier.STANDARD,
    *,
    slots: Iterable[Slot] = SLOTS,
    creatives: Iterable[Creative] = (),
    share: str | None = None,
    starts: datetime | None = None,
    ends: datetime | None = None,
    caps: Iterable[int] = (),
    page_caps: Iterable[int] = (),
    exclusion: tuple[str, ...] = (),
    targeting: Mapping[str, Condition] | None = None,
    status: Status = Status.ACTIVE,
    rotation: Rotation = Rotation.WEIGHTED,
    roadblock: bool = False,
    cpm: int | None = None,
) -> Campaign:
    """Campaign `number`, with creatives for every slot where none are given; `cpm` is in whole lira."""
    sizes = enumerate((PHONE, BOX))
    return Campaign(
        id=CampaignId(number),
        advertiser_id=AdvertiserId(1),
        key=f"k{number}",
        name=f"Kampanya {number}",
        tier=tier,
        slots=tuple(slot.id for slot in slots),
        creatives=tuple(creatives) or tuple(creative(10 * number + place, size) for place, size in sizes),
        starts=starts,
        ends=ends,
        goal=Goal(GoalKind.SHARE, Decimal(share)) if share else None,
        price=Price(PriceModel.CPM, cpm * 1_000_000, "TRY") if cpm else None,
        caps=(
            *(Cap(cap, timedelta(days=days)) for days, cap in enumerate(caps, 1)),
            *(Cap(cap, PAGE) for cap in page_caps),
        ),
        exclusion=exclusion,
        targeting=targeting or {},
        status=status,
        rotation=rotation,
        roadblock=roadblock,
    )


def index_of(*campaigns: Campaign, site: Site = SITE, limits: Limits | None = None) -> DecisionIndex:
    urls = {creative.id: creative.click_url for campaign in campaigns for creative in campaign.creatives}
    return build_index(Inventory((site,), SLOTS, (), campaigns, urls), limits=limits)


def ask(
    *slots: str,
    now: datetime = NOW,
    max_width: int | None = None,
    capped: Iterable[str] = (),
    shown: Iterable[str] = (),
    **attributes: str,
) -> AdRequest:
    """One value a dimension; several are separated by `|`."""
    values = {name: tuple(value.split("|")) for name, value in attributes.items()}
    return AdRequest(SITE, slots or ("top",), values, now, max_width, frozenset(capped), shown=tuple(shown))


def first() -> float:
    """The draw that always gives 0."""
    return 0.0


def shown(index: DecisionIndex, request: AdRequest) -> list[str]:
    """For each slot the campaign's key or the reason for none, when every draw gives 0."""
    return [each.campaign.key if each.campaign else str(each.why) for each in decide(index, request, first)]


def is_shown(request: AdRequest, **targeting: Condition) -> bool:
    """Whether a campaign with this targeting is chosen."""
    return shown(index_of(campaign(1, targeting=targeting)), request) == ["k1"]


def any_of(*values: str) -> AnyOf:
    return AnyOf(values)


def decide_in_python(index: DecisionIndex, request: AdRequest, draw: Draw, paces: Paces = NO_PACES) -> list[Decision]:
    """What `decide` answers where nothing is compiled."""
    return choose_in_python(*entered(index, request, draw, paces))


def entered(index: DecisionIndex, request: AdRequest, draw: Draw, paces: Paces) -> tuple[Any, ...]:
    """What `choose_in_python` and its compiled twin take, of a site that has come to the request's moment."""
    site = index.site_indexes[request.site.id]
    allowed = site.enter(request.now, paces) & ~site.capped_mask(request.capped)
    _, slots, attributes, _, max_width, _, own, shown = request
    return site, slots, attributes, allowed, draw, max_width, own, site.left_beside(shown, len(slots))


def outcomes(
    index: DecisionIndex, request: AdRequest, paces: Paces = NO_PACES
) -> dict[tuple[CreativeId | NoFill | None, ...], Fraction]:
    """Every answer that some sequence of draws gives, slot by slot, with its probability, rounded to what weights of a
    few digits can make: the floats that shares are kept in are no exact tenths."""

    def run(draw: Draw) -> tuple[CreativeId | NoFill | None, ...]:
        answer = decide_in_python(index, request, draw, paces)
        return tuple(each.creative.id if each.creative else each.why for each in answer)

    return {answer: rounded for answer, chance in chances(run).items() if (rounded := chance.limit_denominator(10**6))}
