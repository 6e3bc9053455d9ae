"""Campaigns of every kind, and bookings that change midway: what each has of its goal, and no more than a hundredth
more."""

from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from adserver.planning.values import Floats, Numbers
from tests.benchmarks.delivery.world import HOURS, Change, Kinds, World

VIEWABLE, CLICKED = 0.6, 0.02
"""How many of a site's impressions are viewable, how many are clicked; campaigns differ from it, and the planner's
belief from theirs."""
_SPREAD = 0.2
_REFUSED, _LESS = 0.2, 0.8
"""How often a reader has reached the cap, and what is booked by what could be had without caps and pauses."""
_CHANGE_AT = 0.4
"""Of a flight."""


class Kind(StrEnum):
    """What campaigns are, in turn. The goals of all but the second and third are impressions."""

    PLAIN = "plain"
    VIEWABLES = "counts viewables"
    CLICKS = "counts clicks"
    CAP = "standard, a cap"
    READERS_CAP = "caps by reader"
    RAISED = "raised by a quarter midway"
    LOWERED = "lowered by a fifth midway"
    PROLONGED = "prolonged midway"
    SHORTENED = "shortened midway"
    PAUSED = "paused for a day"


class Result(NamedTuple):
    """Of one kind, in percent: the part of its goals that was delivered, that of the worst campaign, overdelivery."""

    kind: Kind
    delivered: float
    worst: float
    over: float


def kind_of(campaign: int) -> Kind:
    return list(Kind)[campaign % len(Kind)]


def mixed(world: World) -> World:
    """The same world with campaigns of all kinds; what is booked in the end can be had."""
    random = np.random.default_rng(world.settings.seed + 3000)
    kinds = np.array([kind_of(number) for number in range(len(world.goals))])
    usual = np.where(kinds == Kind.VIEWABLES, VIEWABLE, np.where(kinds == Kind.CLICKS, CLICKED, 1.0))
    spread = random.lognormal(0, _SPREAD, (2, len(kinds)))
    yields, believed = np.where(usual < 1, usual * spread, 1.0)
    less = np.where(np.isin(kinds, [Kind.READERS_CAP, Kind.PAUSED]), _LESS, 1.0)
    final = np.maximum(1, np.round(world.goals * less * yields))
    changes = [change for campaign, goal in enumerate(final.tolist()) for change in _changes(world, campaign, goal)]
    return replace(
        world,
        goals=np.round(final * np.select([kinds == Kind.RAISED, kinds == Kind.LOWERED], [0.8, 1.25], 1.0)),
        last=_booked_until(world, kinds),
        kinds=Kinds(yields, believed, kinds == Kind.CAP, np.where(kinds == Kind.READERS_CAP, _REFUSED, 0.0)),
        changes=tuple(changes),
    )


def results(world: World, by_hour: Floats) -> list[Result]:
    """What was delivered of the goals that hold at the end."""
    goals, delivered = world.at(HOURS).goals, by_hour[:, -1]
    found = []
    for number, kind in enumerate(Kind):
        wanted, had = goals[number :: len(Kind)], delivered[number :: len(Kind)]
        over = np.maximum(0, had - wanted).sum() / wanted.sum()
        part = np.minimum(had, wanted).sum() / wanted.sum()
        found.append(Result(kind, 100 * float(part), 100 * float((had / wanted).min()), 100 * float(over)))
    return found


def _booked_until(world: World, kinds: NDArray[np.str_]) -> Numbers:
    """The ends that are booked at first, in hours."""
    days = world.last - world.first
    sooner, later = world.first + (0.7 * days).astype(int), np.minimum(HOURS, world.last + days // 2)
    found: Numbers = np.select([kinds == Kind.PROLONGED, kinds == Kind.SHORTENED], [sooner, later], world.last)
    return found


def _changes(world: World, campaign: int, goal: float) -> list[Change]:
    first, end = int(world.first[campaign]), int(world.last[campaign])
    at = first + int(_CHANGE_AT * (end - first))
    match kind_of(campaign):
        case Kind.RAISED | Kind.LOWERED:
            return [Change(at, campaign, goal=goal)]
        case Kind.PROLONGED | Kind.SHORTENED:
            return [Change(at, campaign, last=end)]
        case Kind.PAUSED:
            return [Change(at, campaign, paused=True), Change(at + 24, campaign, paused=False)]
    return []
