"""What the plan is made of: coming requests by signature, and what is booked, from inventory, forecast and counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from adserver.decision.schedule import HOURS
from adserver.forecast.audience import Audience, Kinds, audience_of
from adserver.forecast.bookings import choice_yield_of, count_of, goal_of, is_live
from adserver.forecast.clock import HOURS_A_WEEK, hour_of, hours_of_week, time_of
from adserver.forecast.load import NOTHING_DELIVERED, Delivered
from adserver.forecast.supply import Rates, fewer
from adserver.forecast.target import Target, open_hours, target_of
from adserver.forecast.volume import WEEKS, History, Volume, fit
from adserver.inventory.model import Campaign, CampaignId, Inventory, SiteId, SlotId, Tier
from adserver.planning.values import Booking, Floats, Traffic

CELLS = 1_500_000
"""Signatures times hours: 12 MB. Where there are more, a sample of the rare signatures stands for all of them."""
LEAST_SIGNATURES = 100
HORIZON = timedelta(days=400)
OPEN_END_DAYS = 30
"""How far is planned for campaigns that have no end."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was read from Postgres."""

    histories: Mapping[SiteId, History]
    rates: Mapping[SlotId, Rates]
    kinds: Kinds
    delivered: Mapping[CampaignId, Delivered]


@dataclass(frozen=True, slots=True)
class Problem:
    """What there is to plan."""

    traffic: Traffic
    bookings: Sequence[Booking]


@dataclass(frozen=True, slots=True)
class _Signatures:
    """Of each: its slot, the campaigns as a bitmask, and its share of the slot's requests."""

    slots: Sequence[SlotId]
    masks: Sequence[int]
    shares: Sequence[float]


def campaigns_to_plan(inventory: Inventory, now: datetime) -> list[Campaign]:
    """Return the live campaigns that the planner says weights of: those with a goal, and all sponsorships."""
    return [
        campaign
        for campaign in inventory.campaigns
        if is_live(campaign, now) and (goal_of(campaign) is not None or campaign.tier is Tier.SPONSORSHIP)
    ]


def problem_of(inventory: Inventory, known: Known, now: datetime) -> Problem:
    """Return the requests to expect from this hour to the last end of a campaign, and the bookings."""
    campaigns = campaigns_to_plan(inventory, now)
    slots = {slot.id: slot for slot in inventory.slots}
    targets = [target_of(campaign, slots) for campaign in campaigns]
    wanted = {slot: slots[slot].site_id for target in targets for slot in target.slots}
    volumes: dict[SlotId, Volume] = {}
    for site, history in known.histories.items():
        volumes |= fit(history, [slot for slot, of_site in wanted.items() if of_site == site])
    audience = audience_of(known.kinds, targets, {slot: wanted[slot] for slot in volumes})
    hours = _hours(campaigns, now)
    signatures = _signatures(audience, volumes, len(hours))
    traffic = Traffic(time_of(hours.start), _requests(signatures, volumes, hours))
    sites = {slot: site for slot, site in wanted.items() if site in known.histories}
    bookings = [
        Booking(
            id=campaign.id,
            tier=campaign.tier,
            goal=float(goal.amount) if (goal := goal_of(campaign)) else 1.0,
            delivered=float(count_of(campaign, known.delivered.get(campaign.id, NOTHING_DELIVERED))),
            eligible=np.array([n for n, mask in enumerate(signatures.masks) if mask >> place & 1], dtype=np.intp),
            starts=campaign.starts,
            ends=campaign.ends,
            pacing=campaign.pacing,
            yields=choice_yield_of(campaign, known.rates, known.delivered.get(campaign.id, NOTHING_DELIVERED)),
            open=_open(target, known.histories, sites, hours),
            passed=_passed(place, target, audience, known.histories, sites, now),
        )
        for place, (campaign, target) in enumerate(zip(campaigns, targets, strict=True))
    ]
    return Problem(traffic, bookings)


def _hours(campaigns: Sequence[Campaign], now: datetime) -> range:
    last = max(
        (now + timedelta(days=OPEN_END_DAYS) if campaign.ends is None else campaign.ends for campaign in campaigns),
        default=now,
    )
    return range(hour_of(now), hour_of(min(last, now + HORIZON)) + 1)


def _signatures(audience: Audience, volumes: Mapping[SlotId, Volume], hours: int) -> _Signatures:
    """The slots' shares, the rare ones sampled: as many to each slot as its part of all requests."""
    most = max(LEAST_SIGNATURES, CELLS // hours)
    sizes = {slot: sum(volume.profile) for slot, volume in volumes.items()}
    whole = sum(sizes.values()) or 1.0
    rows = [
        (slot, mask, share)
        for slot, size in sorted(sizes.items())
        for mask, share in fewer(dict(audience.shares[slot]), max(8, round(most * size / whole))).items()
        if mask
    ]
    return _Signatures(*(list(column) for column in zip(*rows, strict=True))) if rows else _Signatures((), (), ())


def _requests(signatures: _Signatures, volumes: Mapping[SlotId, Volume], hours: range) -> Floats:
    by_slot = {slot: np.array(volume.requests(hours)) for slot, volume in volumes.items()}
    requests = np.zeros((len(signatures.slots), len(hours)))
    for number, (slot, share) in enumerate(zip(signatures.slots, signatures.shares, strict=True)):
        np.multiply(by_slot[slot], share, out=requests[number])
    return requests


def _open(
    target: Target, histories: Mapping[SiteId, History], sites: Mapping[SlotId, SiteId], hours: range
) -> Floats | None:
    """The part of each hour that day parts allow, in the zone of the first site that the campaign is booked on."""
    site = next((sites[slot] for slot in target.slots if slot in sites), None)
    if HOURS not in target.targeting or site is None:
        return None
    week = np.array(open_hours(target))
    return week[hours_of_week(histories[site].zone, hours.start, len(hours))]


def _passed(
    place: int,
    target: Target,
    audience: Audience,
    histories: Mapping[SiteId, History],
    sites: Mapping[SlotId, SiteId],
    now: datetime,
) -> float | None:
    """Requests that the target met from its start until now; None where the figures do not reach back that far."""
    if target.starts is None or target.starts >= now:
        return None if target.starts is None else 0.0
    passed = 0.0
    for slot in target.slots:
        if slot not in sites:
            continue
        history = histories[sites[slot]]
        first = hour_of(target.starts)
        if first < history.first and history.hours >= (WEEKS - 1) * HOURS_A_WEEK:
            return None
        share = sum(each for mask, each in audience.shares[slot].items() if mask >> place & 1)
        hours = range(max(first, history.first), history.until)
        passed += share * _sum(target, history, slot, hours)
    return passed


def _sum(target: Target, history: History, slot: SlotId, hours: range) -> float:
    series = np.array(history.slots[slot][hours.start - history.first :])
    if HOURS in target.targeting and len(series):
        series = series * np.array(open_hours(target))[hours_of_week(history.zone, hours.start, len(hours))]
    return float(series.sum())
