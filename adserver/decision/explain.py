"""Why a slot shows what it shows: for every campaign booked there its chance, or what keeps it out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from adserver.decision.daypart import minute_of_week
from adserver.decision.dimension import Dimension
from adserver.decision.index import DecisionIndex, SiteIndex
from adserver.decision.pace import NO_PACES, Paces
from adserver.decision.request import AdRequest, Decision, NoFill
from adserver.decision.roadblock import placed_together
from adserver.decision.schedule import HOURS, week_of
from adserver.decision.worth import worth
from adserver.inventory.model import (
    PAGE,
    AnyOf,
    Between,
    Campaign,
    CampaignId,
    Condition,
    Creative,
    GoalKind,
    NoneOf,
    Slot,
    Status,
    Tier,
)


class Sieve(StrEnum):
    """What may keep a campaign out of a slot, in the order in which they are looked at."""

    STATUS = "status"
    DATES = "dates"
    TARGETING = "targeting"
    CREATIVES = "creatives"
    SIZE = "size"
    WIDTH = "width"
    CREATIVE_HOURS = "creative-hours"
    CAP = "cap"
    ROADBLOCK = "roadblock"
    PACE = "pace"
    TIER = "tier"


class Verdict(NamedTuple):
    """A campaign's chance to be shown in the slot, or why it has none. `detail` says for people which value it was."""

    campaign: Campaign
    chance: float
    sieve: Sieve | None
    detail: str


@dataclass(frozen=True, slots=True)
class SlotExplanation:
    """The verdicts of all campaigns booked in the slot, the likeliest first, as if the slot were the page's first: what
    other slots of the page show may keep out more. `empty` is the chance that the slot stays empty, for the reason
    `why`, which is None where it never does."""

    name: str
    empty: float
    why: NoFill | None
    verdicts: tuple[Verdict, ...]


def explain(index: DecisionIndex, request: AdRequest, paces: Paces = NO_PACES) -> tuple[SlotExplanation, ...]:
    """Explain each slot asked for. Looks at one campaign after the other, milliseconds for thousands, and changes
    nothing in the index: it may run in another thread than the decisions."""
    site = index.site_indexes.get(request.site.id)
    return tuple(_explain_slot(index, site, request, number, paces) for number in range(len(request.slots)))


def _explain_slot(
    index: DecisionIndex, site: SiteIndex | None, request: AdRequest, number: int, paces: Paces
) -> SlotExplanation:
    name = request.slots[number]
    place = site.slots.get(name) if site else None
    if site is None or place is None:
        return SlotExplanation(name, 1.0, NoFill.UNKNOWN_SLOT, ())
    booked = [each for each in index.campaigns if place.slot.id in each.slots]
    kept_out: dict[CampaignId, tuple[Sieve, str]] = {}
    sieves = _Sieves(site, place.slot, request, number)
    for campaign in booked:
        found = next(sieves.keeping_out(campaign), None)
        if found:
            kept_out[campaign.id] = found
    rivals = [campaign for campaign in booked if campaign.id not in kept_out]
    chances, empty = _chances(rivals, paces)
    verdicts = [
        Verdict(each, 0.0, *kept_out[each.id]) if each.id in kept_out else _verdict(each, chances[each.id], paces)
        for each in booked
    ]
    verdicts.sort(key=lambda verdict: (-verdict.chance, verdict.campaign.key))
    return SlotExplanation(name, empty, _why_empty(verdicts) if empty else None, tuple(verdicts))


class _Sieves:
    """What keeps a campaign out of one slot for one request."""

    def __init__(self, site: SiteIndex, slot: Slot, request: AdRequest, number: int) -> None:
        self._site = site
        self._slot = slot
        self._request = request
        self._number = number
        self._local = request.now.astimezone(ZoneInfo(request.site.timezone))

    def keeping_out(self, campaign: Campaign) -> Iterator[tuple[Sieve, str]]:
        """Each sieve that the campaign does not pass, with the detail."""
        if campaign.status is not Status.ACTIVE:
            yield Sieve.STATUS, f"the campaign is {campaign.status}"
        if campaign.starts and self._request.now < campaign.starts:
            yield Sieve.DATES, f"starts {self._show(campaign.starts)}"
        if campaign.ends and self._request.now >= campaign.ends:
            yield Sieve.DATES, f"ended {self._show(campaign.ends)}"
        yield from self._targeting(campaign, self._number)
        yield from self._creatives(campaign)
        if campaign.key in self._request.capped and any(cap.per != PAGE for cap in campaign.caps):
            yield Sieve.CAP, "the reader has seen it as often as its caps allow"
        if campaign.roadblock and not self._fits_as_roadblock(campaign):
            yield Sieve.ROADBLOCK, "not all of its creatives find a slot on this page"

    def _show(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._local.tzinfo):%Y-%m-%d %H:%M}"

    def _targeting(self, campaign: Campaign, number: int) -> Iterator[tuple[Sieve, str]]:
        attributes = self._request.own.get(number, self._request.attributes)
        for name, condition in campaign.targeting.items():
            if name == HOURS:
                if not week_of(condition) >> minute_of_week(self._local) & 1:
                    yield Sieve.TARGETING, f"hours {_show(condition)}, now {self._local:%a %H:%M}".lower()
                continue
            values = attributes.get(name, ())
            if not Dimension(name, [(0, condition)], 1).holding(values):
                yield Sieve.TARGETING, f"{name} {_show(condition)}, the request has {', '.join(values) or 'none'}"

    def _creatives(self, campaign: Campaign) -> Iterator[tuple[Sieve, str]]:
        sizes, widest = self._slot.sizes, self._request.max_width
        active = [each for each in campaign.creatives if each.status is Status.ACTIVE]
        sized = [each for each in active if each.size in sizes]
        fitting = [each for each in sized if widest is None or each.size.width <= widest]
        if not active:
            yield Sieve.CREATIVES, f"no creative is active: {_statuses(campaign.creatives)}"
        elif not sized:
            yield Sieve.SIZE, f"the slot takes {', '.join(map(str, sizes))}"
        elif not fitting:
            yield Sieve.WIDTH, f"no creative is at most {widest} wide"
        elif not any(map(self._runs, fitting)):
            yield Sieve.CREATIVE_HOURS, f"no creative that fits runs at {self._local:%a %H:%M}".lower()

    def _runs(self, creative: Creative) -> bool:
        return not creative.hours or bool(week_of(AnyOf(creative.hours)) >> minute_of_week(self._local) & 1)

    def _fits_as_roadblock(self, campaign: Campaign) -> bool:
        creatives = [each for each in campaign.creatives if each.status is Status.ACTIVE and self._runs(each)]
        ahead = range(self._number, len(self._request.slots))
        offers = [self._offer(campaign, number, creatives) for number in ahead]
        is_within_caps = all(len(creatives) <= cap.impressions for cap in campaign.caps)
        return is_within_caps and bool(placed_together(creatives, offers))

    def _offer(self, campaign: Campaign, number: int, creatives: Iterable[Creative]) -> list[Decision]:
        widest, place = self._request.max_width, self._site.slots.get(self._request.slots[number])
        if place is None or any(self._targeting(campaign, number)):
            return []
        slot = place.slot
        return [
            Decision(slot.name, slot, campaign, each, None)
            for each in creatives
            if slot.id in campaign.slots and each.size in slot.sizes and (widest is None or each.size.width <= widest)
        ]


def _show(condition: Condition) -> str:
    match condition:
        case AnyOf(values):
            return f"is one of {', '.join(values)}"
        case NoneOf(values):
            return f"is none of {', '.join(values)}"
        case Between(minimum, maximum):
            bounds = [("from", minimum), ("to", maximum)]
            return " ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None) or "is a number"


def _statuses(creatives: Iterable[Creative]) -> str:
    return ", ".join(f"{each.key} {each.status}" for each in creatives) or "there are none"


def _verdict(campaign: Campaign, chance: float, paces: Paces) -> Verdict:
    if chance > 0:
        return Verdict(campaign, chance, None, f"weight {_weight(campaign, paces):g}")
    if campaign.tier is not Tier.SPONSORSHIP and _weight(campaign, paces) == 0:
        return Verdict(
            campaign, 0.0, Sieve.PACE, "the planner gives it no weight now: it is ahead of its plan, or done"
        )
    return Verdict(campaign, 0.0, Sieve.TIER, "better tiers, or sponsors with shares, leave nothing")


def _why_empty(verdicts: Sequence[Verdict]) -> NoFill:
    sieves = {verdict.sieve for verdict in verdicts}
    if any(verdict.sieve in (None, Sieve.PACE, Sieve.TIER) for verdict in verdicts):
        is_sponsors = all(
            verdict.campaign.tier is Tier.SPONSORSHIP for verdict in verdicts if verdict.sieve in (None, Sieve.TIER)
        )
        return NoFill.OUT_OF_SHARE if is_sponsors and Sieve.PACE not in sieves else NoFill.PACED_OUT
    for sieve, why in _REASONS:
        if sieve in sieves:
            return why
    return NoFill.NO_CANDIDATES


_REASONS = (
    (Sieve.ROADBLOCK, NoFill.ROADBLOCK),
    (Sieve.CAP, NoFill.CAPPED),
    (Sieve.CREATIVE_HOURS, NoFill.OUT_OF_HOURS),
    (Sieve.WIDTH, NoFill.TOO_WIDE),
)


def _weight(campaign: Campaign, paces: Paces) -> float:
    if campaign.tier is Tier.SPONSORSHIP:
        return float(campaign.goal.amount) if campaign.goal else 0.0
    return paces.campaigns.get(campaign.id, 1.0) * worth(campaign)


def _chances(rivals: Sequence[Campaign], paces: Paces) -> tuple[Mapping[CampaignId, float], float]:
    """The chance of each campaign, and that of none."""
    chances: dict[CampaignId, float] = {}
    left = 1.0
    for tier in Tier:
        members = [each for each in rivals if each.tier is tier]
        parts = _sponsor_parts(members) if tier is Tier.SPONSORSHIP else _weighted_parts(tier, members, paces)
        chances |= {each.id: left * part for each, part in zip(members, parts, strict=True)}
        left = max(0.0, left - left * sum(parts))
    return chances, 0.0 if left < _NOTHING else left


_NOTHING = 1e-12


def _sponsor_parts(sponsors: Sequence[Campaign]) -> list[float]:
    shares = [float(each.goal.amount) if each.goal and each.goal.kind is GoalKind.SHARE else None for each in sponsors]
    taken = sum(share for share in shares if share is not None)
    rest = max(0.0, 1.0 - taken) / max(1, shares.count(None))
    return [rest if share is None else share / max(1.0, taken) for share in shares]


def _weighted_parts(tier: Tier, members: Sequence[Campaign], paces: Paces) -> list[float]:
    weights = [_weight(each, paces) for each in members]
    whole = sum(weights) + (1.0 if tier is Tier.GUARANTEED else 0.0)
    return [weight / whole if whole else 0.0 for weight in weights]
