"""Answers a question about coming traffic from Postgres: the one function behind command and API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from adserver.connections import Connection
from adserver.forecast.audience import audience_of
from adserver.forecast.availability import (
    Available,
    Booked,
    Expected,
    Sponsored,
    available,
    expect,
    targets_of,
)
from adserver.forecast.bookings import booked_of, is_live, sponsored_of
from adserver.forecast.clock import HOURS_A_WEEK, hour_of, hours_between, time_of
from adserver.forecast.errors import HeldOut, held_out
from adserver.forecast.load import load_delivered, load_histories, load_kinds, load_rates
from adserver.forecast.question import Question, QuestionError, targeting_of_wishes
from adserver.forecast.supply import Outlook
from adserver.forecast.target import Target
from adserver.forecast.volume import History, fit
from adserver.inventory.load import load_inventory
from adserver.inventory.model import Inventory, Site, SiteId, Slot, SlotId

HORIZON = timedelta(days=400)
"""What is booked beyond is taken to be needed by then."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`available` is None where it was not asked for. `error` is that of the slots' sum, None without history enough;
    `history_weeks` and `noted` tell what the forecast rests on; of `unknown` dimensions nothing was ever seen."""

    question: Question
    slots: tuple[str, ...]
    expected: Expected
    available: Available | None
    error: HeldOut | None
    history_weeks: float
    noted: int
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question as it stands in the inventory. All slots of the sites in `sites` are in `slots`."""

    target: Target
    hours: range
    sites: Sequence[Site]
    slots: Sequence[Slot]


async def answer(connection: Connection, question: Question, now: datetime, *, with_bookings: bool) -> Answer:
    """Return what will come and, `with_bookings`, what can still be sold of it. Raises QuestionError."""
    inventory = await load_inventory(connection)
    asked = _asked(inventory, question, now)
    booked: list[Booked] = []
    sponsored: list[Sponsored] = []
    rates = await load_rates(connection, inventory.slots, now)
    if with_bookings:
        slots = {slot.id: slot for slot in inventory.slots}
        live = [campaign for campaign in inventory.campaigns if is_live(campaign, now)]
        since = min((campaign.starts for campaign in live if campaign.starts), default=now) - timedelta(days=1)
        delivered = await load_delivered(connection, [each.id for each in live], since, now)
        booked, sponsored = booked_of(live, slots, rates, delivered, now), sponsored_of(live, slots, now)
    wanted = _slots_that_matter(inventory, asked, booked)
    sites = [site for site in inventory.sites if any(slot.site_id == site.id for slot in wanted)]
    everywhere = [slot for slot in inventory.slots if any(slot.site_id == site.id for site in sites)]
    histories = await load_histories(connection, sites, everywhere, now)
    volumes = {
        slot: volume
        for site in sites
        for slot, volume in fit(histories[site.id], [one.id for one in wanted if one.site_id == site.id]).items()
    }
    targets = targets_of(asked.target, booked, sponsored)
    kinds = await load_kinds(connection, sites, everywhere, now)
    audience = audience_of(kinds, targets, {slot.id: slot.site_id for slot in wanted})
    outlook = Outlook(volumes, rates, audience)
    error = _error(histories, asked)
    expected = expect(outlook, asked.target, asked.hours, error)
    left = None
    if with_bookings:
        low = expected.low / expected.impressions if expected.impressions else 0.0
        left = available(outlook, booked, sponsored, asked.target, _horizon(asked, booked, now), low)
    return Answer(
        question=question,
        slots=_names(asked, inventory),
        expected=expected,
        available=left,
        error=error,
        history_weeks=max(histories[site.id].hours for site in asked.sites) / HOURS_A_WEEK,
        noted=sum(audience.noted[slot] for slot in asked.target.slots),
        unknown=tuple(sorted(audience.unknown & set(asked.target.targeting))),
    )


def _asked(inventory: Inventory, question: Question, now: datetime) -> _Asked:
    slots = _slots(inventory, question)
    sizes = set(question.sizes)
    widths = {
        slot.id: min(size.width for size in slot.sizes if size in sizes) if sizes else 0
        for slot in slots
        if not sizes or not sizes.isdisjoint(slot.sizes)
    }
    if not widths:
        raise QuestionError("none of the slots takes one of the sizes")
    sites = [site for site in inventory.sites if any(slot.site_id == site.id for slot in slots)]
    zones = {site.timezone for site in sites}
    if len(zones) > 1:
        raise QuestionError("the slots are of sites with several time zones; ask for one site at a time")
    days = hours_between(ZoneInfo(zones.pop()), question.first, question.last)
    hours = range(max(days.start, hour_of(now)), days.stop)
    if not hours:
        raise QuestionError(f"the last day, {question.last}, is over")
    targeting = targeting_of_wishes(question.wishes)
    target = Target(widths, targeting, time_of(hours.start), time_of(hours.stop))
    return _Asked(target, hours, sites, [slot for slot in slots if slot.id in widths])


def _slots(inventory: Inventory, question: Question) -> list[Slot]:
    sites = {site.key: site.id for site in inventory.sites}
    names = {site.id: site.key for site in inventory.sites}
    if question.site is not None and question.site not in sites:
        raise QuestionError(f"there is no site {question.site!r}")
    by_name = {f"{names[slot.site_id]}/{slot.name}": slot for slot in inventory.slots}
    if not question.slots:
        return [slot for slot in inventory.slots if slot.site_id == sites[question.site or ""]]
    asked = [name if "/" in name or question.site is None else f"{question.site}/{name}" for name in question.slots]
    if missing := [name for name in asked if name not in by_name]:
        raise QuestionError(f"there is no slot {', '.join(map(repr, missing))}; write site/slot")
    return [by_name[name] for name in dict.fromkeys(asked)]


def _slots_that_matter(inventory: Inventory, asked: _Asked, booked: Sequence[Booked]) -> list[Slot]:
    """The slots asked for, and those that what is booked there could move to, and so on."""
    wanted: set[SlotId] = set(asked.target.slots)
    size = 0
    while size < len(wanted):
        size = len(wanted)
        for each in booked:
            if not wanted.isdisjoint(each.target.slots):
                wanted.update(each.target.slots)
    return [slot for slot in inventory.slots if slot.id in wanted]


def _horizon(asked: _Asked, booked: Sequence[Booked], now: datetime) -> range:
    last = time_of(asked.hours.stop)
    ends = [each.target.ends for each in booked if each.target.ends is not None]
    latest = min(max([last, *ends]), max(last, now + HORIZON))
    return range(hour_of(now), hour_of(latest) + 1)


def _error(histories: dict[SiteId, History], asked: _Asked) -> HeldOut | None:
    """Of the site whose traffic is most of what is asked for: errors of several do not add up."""

    def requests(site: Site) -> float:
        return sum(sum(histories[site.id].slots[slot.id]) for slot in asked.slots if slot.site_id == site.id)

    site = max(asked.sites, key=requests)
    return held_out(histories[site.id], [slot.id for slot in asked.slots if slot.site_id == site.id])


def _names(asked: _Asked, inventory: Inventory) -> tuple[str, ...]:
    keys = {site.id: site.key for site in inventory.sites}
    return tuple(f"{keys[slot.site_id]}/{slot.name}" for slot in asked.slots)
