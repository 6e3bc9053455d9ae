"""How many requests a slot will have, hour by hour: the same hour of the last weeks, at today's level.

For each hour of the week the mean of the last weeks, the newer ones counting more, each brought to one level by its
own total and cut where it is far from the median, as a burst or an outage is. What a slot has too little of its own
history for it takes from its site, and the site from its hours of the day. The level is that of the last weeks, moved
by what the last days and hours show beyond it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from adserver.forecast.clock import HOURS_A_DAY, HOURS_A_WEEK, days_of, hours_of_week
from adserver.forecast.level import EVEN, Level, level_of
from adserver.inventory.model import SlotId

WEEKS = 8
"""Of history that is used."""
WEEK_HALF_LIFE = 2.0
LEVEL_HALF_LIFE = 1.0
"""Weeks after which a week counts half for the shape of the week, and for its level."""
RECENT_HOURS = 240
"""Of history that tells the level of the day and of the days to come."""
MISSING_SHARE = 0.2
CERTAIN_REQUESTS = 50.0
"""What has less than this share of the typical is an outage, not traffic: a day beside the same weekdays, an hour
beside the same hour of other weeks where that has so many requests."""
PRIOR_REQUESTS = 10.0
PRIOR_WEEKS = 0.25
"""How much the prior weighs: as so many requests in an hour, and at least as so many weeks."""
WILD, WILD_LEVELLED = 3.0, 1.75
"""How many times off an hour may be before it is a burst or a fault: as counted, and at its week's level."""


@dataclass(frozen=True, slots=True)
class History:
    """Requests of a site's slots by hour of Unix time: each series begins with the hour `first`, and ends with the
    last one that is over."""

    zone: ZoneInfo
    first: int
    slots: Mapping[SlotId, Sequence[float]]

    @property
    def hours(self) -> int:
        return max(map(len, self.slots.values()), default=0)

    @property
    def until(self) -> int:
        """The first hour that is not known."""
        return self.first + self.hours

    def before(self, hour: int) -> "History":
        """Return what was known when that hour began."""
        count = max(0, hour - self.first)
        return History(self.zone, self.first, {slot: series[:count] for slot, series in self.slots.items()})


@dataclass(frozen=True, slots=True)
class Volume:
    """`profile` holds requests by local hour of the week; `level` is what comes by that."""

    zone: ZoneInfo
    until: int
    profile: Sequence[float]
    level: Level = EVEN

    def requests(self, hours: range) -> list[float]:
        """Return the requests to expect in each of the hours, which may lie in the past."""
        places = hours_of_week(self.zone, hours.start, len(hours))
        return [
            self.profile[place] * self.level.ahead(hour - self.until) for place, hour in zip(places, hours, strict=True)
        ]


class Seen(NamedTuple):
    """An hour of the history: its place there, its local hour of the week, how many weeks ago it was."""

    place: int
    hour_of_week: int
    week: int


def fit(history: History, wanted: Iterable[SlotId]) -> dict[SlotId, Volume]:
    """Return the forecast of each of the slots; one without any history is expected to have nothing."""
    seen = known_hours(history)
    totals = [float(sum(amounts)) for amounts in zip(*history.slots.values(), strict=True)]
    whole = _profile(totals, seen, _daily_profile(totals, seen))
    volumes = {}
    for slot in wanted:
        series = history.slots.get(slot, ())
        own = seen[_first_request(series, seen) :]
        known = total(totals, own)
        share = total(series, own) / known if known else 0.0
        profile = _profile(series, own, [share * each for each in whole])
        volumes[slot] = Volume(history.zone, history.until, profile, _level(series, own, profile, history.hours))
    return volumes


def total(series: Sequence[float], seen: Sequence[Seen]) -> float:
    """Return the sum of the hours."""
    return sum(series[each.place] for each in seen)


def known_hours(history: History) -> list[Seen]:
    """Return the hours of the last weeks, without those in which the whole site was away: from an outage nothing is
    learnt."""
    count = history.hours
    start = max(0, count - WEEKS * HOURS_A_WEEK)
    places = hours_of_week(history.zone, history.first + start, count - start)
    days = days_of(history.zone, history.first + start, count - start)
    amounts = [sum(each) for each in zip(*(series[start:] for series in history.slots.values()), strict=True)]
    missing_days, missing_hours = _missing_days(days, amounts), _missing_hours(places, amounts)
    return [
        Seen(start + number, places[number], (count - start - 1 - number) // HOURS_A_WEEK)
        for number in range(count - start)
        if days[number] not in missing_days and number not in missing_hours
    ]


def _missing_days(days: Sequence[int], amounts: Sequence[float]) -> set[int]:
    sums: defaultdict[int, float] = defaultdict(float)
    for day, amount in zip(days, amounts, strict=True):
        sums[day] += amount
    lengths = Counter(days)
    whole = {day for day in sums if lengths[day] >= HOURS_A_DAY - 1}
    return {day for day in whole if _is_missing(day, sums, whole)}


def _missing_hours(places: Sequence[int], amounts: Sequence[float]) -> set[int]:
    """Hours with next to nothing, where the same hour of other weeks has so many that this is no chance."""
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for number, place in enumerate(places):
        alike[place].append(number)
    missing: set[int] = set()
    for numbers in alike.values():
        typical = median(amounts[number] for number in numbers)
        if len(numbers) > 2 and typical >= CERTAIN_REQUESTS:
            missing.update(number for number in numbers if amounts[number] < MISSING_SHARE * typical)
    return missing


def _is_missing(day: int, sums: Mapping[int, float], whole: set[int]) -> bool:
    alike = [sums[other] for other in whole if (other - day) % 7 == 0 and other != day]
    typical = median(alike) if alike else median(sums[other] for other in whole)
    return sums[day] < MISSING_SHARE * typical


def _first_request(series: Sequence[float], seen: Sequence[Seen]) -> int:
    """Where in `seen` a slot's history begins: with the hour of its first request, or nowhere."""
    return next((number for number, each in enumerate(seen) if series and series[each.place]), len(seen))


def _daily_profile(series: Sequence[float], seen: Sequence[Seen]) -> list[float]:
    """Requests by hour of the week as far as the hour of the day tells them; the mean of all where not even that."""
    by_hour: defaultdict[int, list[float]] = defaultdict(list)
    for each in seen:
        by_hour[each.hour_of_week % HOURS_A_DAY].append(series[each.place])
    mean = total(series, seen) / len(seen) if seen else 0.0
    day = [sum(by_hour[hour]) / len(by_hour[hour]) if by_hour[hour] else mean for hour in range(HOURS_A_DAY)]
    return day * 7


def _profile(series: Sequence[float], seen: Sequence[Seen], prior: Sequence[float]) -> list[float]:
    """Requests by hour of the week at the level of the last weeks."""
    tame = _tame([(each.hour_of_week, series[each.place]) for each in seen], WILD)
    levels, lengths = _levels(tame, seen, prior), Counter(each.week for each in seen)
    levelled = [
        (each.hour_of_week, amount / levels[each.week] if levels[each.week] else 0.0)
        for each, amount in zip(seen, tame, strict=True)
    ]
    by_hour: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for each, amount in zip(seen, _tame(levelled, WILD_LEVELLED), strict=True):
        by_hour[each.hour_of_week].append((amount, 0.5 ** (each.week / WEEK_HALF_LIFE)))
    weights = {week: 0.5 ** (week / LEVEL_HALF_LIFE) * length for week, length in lengths.items()}
    scale = sum(weights.values())
    level = sum(weight * levels[week] for week, weight in weights.items()) / scale if scale else 0.0
    return [level * _shrunk(by_hour[hour], expected) for hour, expected in enumerate(prior)]


def _levels(amounts: Sequence[float], seen: Sequence[Seen], prior: Sequence[float]) -> dict[int, float]:
    """Each week's requests against what the prior says of the same hours."""
    observed: defaultdict[int, float] = defaultdict(float)
    expected: defaultdict[int, float] = defaultdict(float)
    for each, amount in zip(seen, amounts, strict=True):
        observed[each.week] += amount
        expected[each.week] += prior[each.hour_of_week]
    return {week: observed[week] / expected[week] if expected[week] else 0.0 for week in observed}


def _tame(amounts: Sequence[tuple[int, float]], wild: float) -> list[float]:
    """Bring amounts that are more than so many times away from the median of their hour of the week nearer to it. Of
    one or two none can be told to be wrong."""
    by_hour: defaultdict[int, list[float]] = defaultdict(list)
    for hour, amount in amounts:
        by_hour[hour].append(amount)
    bounds = {hour: _bounds(values, wild) for hour, values in by_hour.items()}
    return [min(max(amount, bounds[hour][0]), bounds[hour][1]) for hour, amount in amounts]


def _bounds(values: Sequence[float], wild: float) -> tuple[float, float]:
    if len(values) < 3:
        return 0.0, max(values)
    middle = median(values)
    chance = 3 * sqrt(middle + 1)  # what few requests are off by chance alone
    return max(0.0, middle / wild - chance), middle * wild + chance


def _shrunk(values: Sequence[tuple[float, float]], prior: float) -> float:
    """The weighted mean, drawn to the prior as by so many requests more that came as it says."""
    strength = PRIOR_WEEKS + PRIOR_REQUESTS / max(prior, 1.0)
    weight = sum(weight for _, weight in values)
    return (sum(value * weight for value, weight in values) + strength * prior) / (weight + strength)


def _level(series: Sequence[float], seen: Sequence[Seen], profile: Sequence[float], hours: int) -> Level:
    recent = [each for each in seen if each.place >= hours - RECENT_HOURS]
    return level_of(
        [series[each.place] for each in recent],
        [profile[each.hour_of_week] for each in recent],
        [hours - 1 - each.place for each in recent],
    )
