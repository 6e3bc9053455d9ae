"""How many impressions of a targeting will come, and how many of them can still be sold."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt

from adserver.forecast.clock import HOURS_A_DAY, HOURS_A_WEEK
from adserver.forecast.errors import HeldOut
from adserver.forecast.flow import Supply
from adserver.forecast.supply import Groups, Outlook, fewer_around_the_first, supply_of, without_sponsors
from adserver.forecast.target import Target, hours_running

BAND = 1.2816
"""Standard deviations of a normal distribution that hold four fifths of it."""
MEAN_DEVIATION = 0.798
"""The mean absolute deviation of a normal distribution, in standard deviations."""
UNKNOWN_ERROR = 0.35
"""Standard deviation, as a share, where no week could be held out yet."""
UNITS = 1 << 40
"""Whole numbers that all impressions are divided into for the flow."""


@dataclass(frozen=True, slots=True)
class Booked:
    """A campaign with a promise: `wanted` impressions that are still to come."""

    name: str
    target: Target
    wanted: float


@dataclass(frozen=True, slots=True)
class Sponsored:
    """A sponsorship, and the share of its target's impressions that it takes before all others."""

    target: Target
    share: float


@dataclass(frozen=True, slots=True)
class Expected:
    """Impressions to come; four times out of five they will be between `low` and `high`. `pages` are the ad requests
    that bring them; `viewable` and `clicks` at the slots' own rates."""

    impressions: float
    low: float
    high: float
    pages: float
    viewable: float
    clicks: float


@dataclass(frozen=True, slots=True)
class Available:
    """`impressions` can be sold without taking any from what is booked, `low` if only the band's lower end comes.
    `contending` booked campaigns share some of them; `short` lacks what is booked there, whatever is sold."""

    impressions: float
    low: float
    contending: int
    booked: float
    short: float


def targets_of(asked: Target, booked: Sequence[Booked], sponsored: Sequence[Sponsored]) -> list[Target]:
    """Return the targets in the order in which `expect` and `available` count on them in the outlook's audience."""
    return [asked, *(each.target for each in booked), *(each.target for each in sponsored)]


def expect(outlook: Outlook, asked: Target, hours: range, error: HeldOut | None) -> Expected:
    """Return what a target will have in the hours, before anything is booked."""
    impressions = requests = viewable = clicks = sampling = 0.0
    for slot, volume in outlook.volumes.items():
        rates = outlook.rates[slot]
        share = sum(each for mask, each in outlook.audience.shares[slot].items() if mask & 1)
        running = hours_running([asked], volume.zone, hours).get(1, ())
        amounts = volume.requests(hours)
        of_slot = share * sum(amounts[hour - hours.start] for hour in running)
        requests += of_slot
        impressions += of_slot * rates.impressions
        viewable += of_slot * rates.impressions * rates.viewable
        clicks += of_slot * rates.impressions * rates.clicks
        sampling += of_slot * rates.impressions * _sampling_error(share, outlook.audience.noted[slot])
    deviation = hypot(impressions * _volume_error(error, hours), sampling)
    low, high = max(0.0, impressions - BAND * deviation), impressions + BAND * deviation
    return Expected(impressions, low, high, requests / outlook.audience.slots_a_page, viewable, clicks)


def available(
    outlook: Outlook, booked: Sequence[Booked], sponsored: Sequence[Sponsored], asked: Target, hours: range, low: float
) -> Available:
    """Return what can still be sold of a target: the most that a flow brings it once all that is booked is served as
    far as it can be. `hours` reach from now to the last end of anything booked or asked for; `low` is the share of the
    traffic that comes at least.

    Several slots of one page are counted apart, and no reader's cap is known here.
    """
    targets = targets_of(asked, booked, sponsored)
    groups = supply_of(outlook, targets, hours)
    groups = fewer_around_the_first(without_sponsors(groups, [each.share for each in sponsored], 1 + len(booked)))
    shared = 0
    for mask in groups:
        shared |= mask if mask & 1 else 0
    impressions, given = _flow(groups, booked, 1.0)
    contending = [number for number in range(len(booked)) if shared >> (1 + number) & 1]
    return Available(
        impressions=impressions,
        low=_flow(groups, booked, low)[0],
        contending=len(contending),
        booked=sum(booked[number].wanted for number in contending),
        short=sum(booked[number].wanted - given[number] for number in contending),
    )


def _flow(groups: Groups, booked: Sequence[Booked], share: float) -> tuple[float, list[float]]:
    """What is left for the first target, and what each booked campaign got, when that share of the groups comes."""
    whole = sum(groups.values())
    if not whole:
        return 0.0, [0.0] * len(booked)
    scale = UNITS / whole
    supply = Supply({mask: round(amount * share * scale) for mask, amount in groups.items()}, 1 + len(booked))
    given = supply.serve({1 + number: round(each.wanted * scale) for number, each in enumerate(booked)})
    free = supply.serve({0: UNITS})[0]
    return free / scale, [given[1 + number] / scale for number in range(len(booked))]


def _sampling_error(share: float, noted: int) -> float:
    """The standard error of a share that a sample of so many shows, as a part of it."""
    return sqrt((1 - share) / (share * noted)) if share and noted else float(share > 0)


def _volume_error(error: HeldOut | None, hours: range) -> float:
    """The standard deviation of the hours' sum as the held-out weeks have it. They were forecast a week ahead; levels
    drift as a random walk does, so it grows with the root of the weeks."""
    if error is None:
        return UNKNOWN_ERROR
    mean = error.weekly if len(hours) >= HOURS_A_WEEK else error.daily if len(hours) >= HOURS_A_DAY else error.hourly
    return mean / MEAN_DEVIATION * sqrt(max(1.0, len(hours) / HOURS_A_WEEK))
