"""Impressions that somebody wants: which slots, whose attributes, when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from adserver.decision.daypart import WHOLE_WEEK, week_minutes
from adserver.decision.schedule import HOURS
from adserver.forecast.clock import HOURS_A_WEEK, hour_of, hours_of_week
from adserver.inventory.model import AnyOf, Between, Campaign, Condition, Slot, SlotId, Status, Targeting

MINUTES_AN_HOUR = 60
LEAST_PART = 0.5
_HOUR = (1 << MINUTES_AN_HOUR) - 1


@dataclass(frozen=True, slots=True)
class Target:
    """`slots` maps each slot to the width in CSS pixels of the narrowest creative for it, 0 where any screen takes
    one. `starts` is inclusive, `ends` exclusive; None is open."""

    slots: Mapping[SlotId, int]
    targeting: Targeting = field(default_factory=dict)
    starts: datetime | None = None
    ends: datetime | None = None


def target_of(campaign: Campaign, slots: Mapping[SlotId, Slot]) -> Target:
    """Return what an active campaign's creatives could be shown for."""
    sizes = [creative.size for creative in campaign.creatives if creative.status is Status.ACTIVE]
    widths = {
        slot: min(size.width for size in sizes if size in slots[slot].sizes)
        for slot in campaign.slots
        if slot in slots and not set(sizes).isdisjoint(slots[slot].sizes)
    }
    return Target(widths, campaign.targeting, campaign.starts, campaign.ends)


def hours_running(targets: Sequence[Target], zone: ZoneInfo, hours: range) -> dict[int, list[int]]:
    """Return the hours by the targets that run in them, as a bitmask: by the dates, and by the day-parts of which the
    hour has half an hour or more."""
    weeks = _weeks(targets)
    changes = _changes(targets, hours)
    running: dict[int, list[int]] = {}
    dates = 0
    for hour, place in zip(hours, hours_of_week(zone, hours.start, len(hours)), strict=True):
        dates ^= changes.get(hour, 0)
        running.setdefault(dates & weeks[place], []).append(hour)
    return running


def _changes(targets: Sequence[Target], hours: range) -> dict[int, int]:
    """At which of the hours targets begin or end; those that run from the first on begin there."""
    changes: dict[int, int] = {}
    for number, target in enumerate(targets):
        begin = hours.start if target.starts is None else max(hours.start, _nearest_hour(target.starts))
        end = hours.stop if target.ends is None else _nearest_hour(target.ends)
        if begin < end:
            for hour in (begin, end):
                changes[hour] = changes.get(hour, 0) ^ 1 << number
    return changes


def _nearest_hour(moment: datetime) -> int:
    return hour_of(moment + timedelta(minutes=MINUTES_AN_HOUR // 2))


def open_hours(target: Target) -> list[float]:
    """Return the part of each hour of the week that the target's day-parts cover."""
    condition = target.targeting.get(HOURS)
    minutes = WHOLE_WEEK if condition is None else _minutes(condition)
    return [(minutes >> hour * MINUTES_AN_HOUR & _HOUR).bit_count() / MINUTES_AN_HOUR for hour in range(HOURS_A_WEEK)]


def _weeks(targets: Sequence[Target]) -> list[int]:
    """For each hour of the week the targets whose day-parts cover half of it or more."""
    everyone = (1 << len(targets)) - 1
    weeks = [everyone] * HOURS_A_WEEK
    for number, target in enumerate(targets):
        if HOURS in target.targeting:
            for hour, part in enumerate(open_hours(target)):
                if part < LEAST_PART:
                    weeks[hour] &= ~(1 << number)
    return weeks


def _minutes(condition: Condition) -> int:
    if isinstance(condition, Between):
        return 0
    named = 0
    for text in condition.values:
        named |= week_minutes(text)
    return named if isinstance(condition, AnyOf) else WHOLE_WEEK & ~named
