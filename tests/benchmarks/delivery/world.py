"""A news site's fortnight: slot requests with their attributes, what a forecast would have said, and campaigns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from adserver.planning.values import Floats, Numbers
from tests.benchmarks.delivery.optimum import Segments, most_even, total

START = datetime(2026, 11, 2, tzinfo=UTC)
"""A Monday."""
DAYS = 14
HOURS = DAYS * 24
SLOTS, PROVINCES, DEVICES, SECTIONS = 3, 81, 3, 7
SHAPE = (SLOTS, PROVINCES, DEVICES, SECTIONS)
SIGNATURES = SLOTS * PROVINCES * DEVICES * SECTIONS
BY_HOUR = np.array([3, 2, 1, 1, 1, 2, 4, 7, 10, 10, 9, 8, 9, 9, 8, 7, 7, 8, 8, 9, 10, 10, 8, 5], dtype=float)
BY_DAY = np.array([1.05, 1.05, 1.0, 1.0, 1.0, 0.8, 0.85])
OF_DEVICES = np.array([0.7, 0.25, 0.05])
OF_SECTIONS = np.array([0.3, 0.2, 0.12, 0.15, 0.1, 0.08, 0.05])


@dataclass(frozen=True, slots=True)
class Settings:
    """`misjudged` is what the forecast says divided by what comes; `unannounced` the part of the campaigns that nobody
    knows of before they start."""

    seed: int = 1
    pages: int = 250_000
    campaigns: int = 100
    sell_through: float = 0.85
    misjudged: float = 1.0
    bursts: int = 3
    unannounced: float = 0.2


class Change(NamedTuple):
    """What holds of a campaign from an hour on; `last` as its other dates, `None` leaves what was."""

    hour: int
    campaign: int
    goal: float | None = None
    last: int | None = None
    paused: bool | None = None


@dataclass(frozen=True, slots=True)
class Kinds:
    """What campaigns are besides guaranteed ones that count impressions: `yields` is how many events of its goal a
    choice brings, `believed` what the planner takes for it; `capped` marks standard campaigns, whose goal is a cap;
    `refused` is how often the reader's own cap is reached."""

    yields: Floats
    believed: Floats
    capped: NDArray[np.bool_]
    refused: Floats

    @classmethod
    def plain(cls, campaigns: int) -> Self:
        ones, none = np.ones(campaigns), np.zeros(campaigns)
        return cls(ones, ones, none > 0, none)


@dataclass(frozen=True, slots=True)
class World:
    """Slot requests in the order of time (`seconds`, `signatures`); all else by campaign.

    `eligible[s, j]`, `first` and `last` (exclusive) hours, `known` the hour in which the campaign is booked. `came`
    and `expected` are requests by signature and hour. `fair` is what each campaign has in the optimum that shares a
    shortfall.
    """

    settings: Settings
    seconds: Floats
    signatures: Numbers
    came: Floats
    expected: Floats
    eligible: NDArray[np.bool_]
    first: Numbers
    last: Numbers
    known: Numbers
    goals: Floats
    fair: Floats
    kinds: Kinds
    paused: NDArray[np.bool_]
    changes: Sequence[Change] = ()

    @property
    def optimum(self) -> float:
        return float(self.fair.sum())

    def live(self, hour: int) -> NDArray[np.bool_]:
        """Campaigns that may be shown in an hour, by their dates."""
        found: NDArray[np.bool_] = (self.first <= hour) & (hour < self.last) & ~self.paused
        return found

    def at(self, hour: int) -> "World":
        """As booked in that hour: with the changes up to then."""
        if not any(change.hour <= hour for change in self.changes):
            return self
        goals, last, paused = self.goals.copy(), self.last.copy(), self.paused.copy()
        for _, campaign, goal, end, pause in (change for change in self.changes if change.hour <= hour):
            goals[campaign] = goals[campaign] if goal is None else goal
            last[campaign] = last[campaign] if end is None else end
            paused[campaign] = paused[campaign] if pause is None else pause
        return replace(self, goals=goals, last=last, paused=paused)


def world(settings: Settings) -> World:
    random = np.random.default_rng(settings.seed)
    usual = _usual()
    seconds, signatures, came = _requests(settings, usual, random)
    expected = _forecast(settings, usual, random)
    eligible = _targeting(settings.campaigns, usual, random)
    first, last = _dates(settings.campaigns, random)
    late = random.random(settings.campaigns) < settings.unannounced
    known = np.where(late, first, 0)
    sale = _Sale(settings, came, eligible, first, last, known)
    goals = sale.goals(random)
    fair = most_even(sale.whole, goals)
    return World(
        settings=settings,
        seconds=seconds,
        signatures=signatures,
        came=came,
        expected=expected,
        eligible=eligible,
        first=first,
        last=last,
        known=known,
        goals=goals,
        fair=fair,
        kinds=Kinds.plain(settings.campaigns),
        paused=np.zeros(settings.campaigns, dtype=bool),
    )


def _usual() -> Floats:
    """How likely each signature and hour is, summing to 1."""
    hours = np.arange(HOURS)
    level = BY_HOUR[hours % 24] * BY_DAY[hours // 24 % 7]
    provinces = 1 / np.arange(1, PROVINCES + 1)
    provinces /= provinces.sum()
    office = np.where((hours % 24 >= 8) & (hours % 24 < 17) & (hours // 24 % 7 < 5), 1.6, 0.8)
    devices = OF_DEVICES[:, None] * np.stack([np.ones(HOURS), office, np.ones(HOURS)])
    devices /= devices.sum(axis=0)
    mix = np.einsum("l,p,dh,c,h->lpdch", np.ones(SLOTS), provinces, devices, OF_SECTIONS, level)
    return (mix / mix.sum()).reshape(SIGNATURES, HOURS)


def _requests(settings: Settings, usual: Floats, random: Generator) -> tuple[Floats, Numbers, Floats]:
    """Every page asks for all its slots. A burst is one section at several times its traffic for some hours."""
    pages = usual.reshape(SLOTS, -1, HOURS)[0] * SLOTS * settings.pages
    pages = pages * _noise(0.1, (1, HOURS // 24), random).repeat(24, axis=1) * _noise(0.1, (1, HOURS), random)
    pages = pages.reshape(PROVINCES, DEVICES, SECTIONS, HOURS)
    for _ in range(settings.bursts):
        start, length = random.integers(24, HOURS - 8), random.integers(2, 7)
        pages[:, :, random.integers(SECTIONS), start : start + length] *= random.uniform(2, 6)
    count = random.poisson(pages.reshape(-1, HOURS))
    places, hours = np.nonzero(count)
    repeats = count[places, hours]
    places, hours = places.repeat(repeats), hours.repeat(repeats)
    seconds = (hours + random.random(len(hours))) * 3600
    order = np.argsort(seconds)
    places = places[order]
    per_slot = SIGNATURES // SLOTS
    signatures = (places[:, None] + np.arange(SLOTS) * per_slot).reshape(-1)
    came = np.tile(count, (SLOTS, 1)).astype(float)
    return seconds[order].repeat(SLOTS), signatures, came


def _forecast(settings: Settings, usual: Floats, random: Generator) -> Floats:
    """What last weeks would make one expect: the usual, wrong in level, and by section, device and province as well."""
    shape = (1, PROVINCES, DEVICES, SECTIONS, 1)
    wrong = _noise(0.1, (1, 1, 1, SECTIONS, 1), random) * _noise(0.05, shape, random)
    forecast = usual.reshape(*SHAPE, HOURS) * SLOTS * settings.pages * wrong * settings.misjudged
    return forecast.reshape(SIGNATURES, HOURS)


def _noise(spread: float, shape: tuple[int, ...], random: Generator) -> Floats:
    return random.lognormal(-(spread**2) / 2, spread, shape)


def _targeting(campaigns: int, usual: Floats, random: Generator) -> NDArray[np.bool_]:
    """Half name provinces, a third devices, two fifths sections; most take one or two of the three slots. Nobody books
    less than half a percent of the site."""
    likely = usual.sum(axis=1)
    rows: list[NDArray[np.bool_]] = []
    while len(rows) < campaigns:
        row = _target(random).reshape(-1)
        if row @ likely >= 0.005:
            rows.append(row)
    return np.stack(rows, axis=1)


def _target(random: Generator) -> NDArray[np.bool_]:
    row = np.ones(SHAPE, dtype=bool)
    row[_others(SLOTS, random.integers(1, SLOTS + 1), random)] = False
    if random.random() < 0.5:
        row[:, _others(PROVINCES, _few(PROVINCES, random), random)] = False
    if random.random() < 0.33:
        row[:, :, _others(DEVICES, 1, random, OF_DEVICES)] = False
    if random.random() < 0.4:
        row[:, :, :, _others(SECTIONS, random.integers(1, 4), random)] = False
    return row


def _few(most: int, random: Generator) -> int:
    return min(most, 1 + int(random.exponential(8)))


def _others(size: int, chosen: int, random: Generator, chances: Floats | None = None) -> Numbers:
    """All numbers below `size` but a few; of the provinces large ones are named more often."""
    chances = 1 / np.arange(1, size + 1) ** 0.5 if chances is None else chances
    kept = random.choice(size, chosen, replace=False, p=chances / chances.sum())
    return np.setdiff1d(np.arange(size), kept)


def _dates(campaigns: int, random: Generator) -> tuple[Numbers, Numbers]:
    """Whole days, 4 to 20 of them, of which the fortnight sees two or more: as many campaigns run at its beginning
    as at its end."""
    length = random.integers(4, 21, campaigns)
    first = np.array([random.integers(2 - days, DAYS - 1) for days in length])
    return first.clip(0) * 24, (first + length).clip(0, DAYS) * 24


class _Sale:
    """What is sold, and could be had when it was sold.

    Goals sum to the sell-through of all requests. Up to a sell-through of 0.97 no part of the inventory is sold
    closer to its limit than half-way between the sell-through and everything; and a campaign that comes unannounced
    gets no more than there is left when the others have run evenly so far. Above 0.97, what was sold is raised at
    random.
    """

    def __init__(
        self,
        settings: Settings,
        came: Floats,
        eligible: NDArray[np.bool_],
        first: Numbers,
        last: Numbers,
        known: Numbers,
    ) -> None:
        self._settings = settings
        self._known = known
        self.whole = Segments.of(came, eligible, first, last)
        self._total = total(self.whole)
        self._level = min(settings.sell_through, 0.97)
        left = (1 + self._level) / 2
        self._later = {
            day: Segments.of(came, eligible, np.maximum(first, day * 24), last).scaled(left)
            for day in sorted(set((known // 24).tolist()))
        }
        reach = self.whole.reach()
        self._to_come = {day: segments.reach() / reach / left for day, segments in self._later.items()}

    def goals(self, random: Generator) -> Floats:
        wish = random.lognormal(0, 0.7, self._settings.campaigns) * self.whole.reach() ** 0.6
        goals = np.zeros(self._settings.campaigns)
        for _ in range(8):
            missing = self._level * self._total - goals.sum()
            if missing < 0.001 * self._total:
                break
            goals = goals + wish * missing / wish.sum()
            for day in self._later:
                goals = self._sellable(goals, day)
        goals = goals.clip(0.0005 * self._total)
        if self._settings.sell_through <= self._level:
            return most_even(self.whole, goals)
        goals = goals * random.uniform(0.75, 1.25, self._settings.campaigns)
        return np.floor(goals * self._settings.sell_through * self._total / goals.sum())

    def _sellable(self, goals: Floats, day: int) -> Floats:
        """Goals of those that are booked on that day cut to what is left for them."""
        ahead = np.where(self._known <= day * 24, goals * np.minimum(1, self._to_come[day]), 0)
        return np.where(self._known == day * 24, most_even(self._later[day], ahead), goals)
