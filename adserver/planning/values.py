"""What the planner takes and gives: traffic that is expected, what is booked, the plan, shares of creatives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from adserver.inventory.model import CampaignId, CreativeId, Pacing, Tier

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Traffic:
    """`requests[s, h]` is how often a slot will be asked for under signature `s` within the hour `starts` + h
    hours.

    A signature is a slot together with attributes: all its requests have the same eligible campaigns, dates and day
    parts aside. `starts` is a full hour in UTC, the one that holds now or earlier; hours that have passed are
    ignored, and so is the passed part of the present one. Several slots of one page count one each. Every hour up
    to the last end of a booking should be there: what comes later than the last column is not expected at all.
    """

    starts: datetime
    requests: Floats


@dataclass(frozen=True, slots=True)
class Booking:
    """A campaign with something to plan: sponsorships, guaranteed ones, and standard ones with a cap of quantity or
    budget.

    `goal` is the amount of what is counted: impressions, viewables or clicks. For a budget it is what the budget
    buys at the price; for a sponsorship the share (0 to 1]. A standard campaign without a cap is no booking.
    `delivered` is the same kind of event as `goal`, as counted in Postgres. `yields` is how many of these one
    choice by a worker brings: 1 for an impression that always arrives, the viewable rate, the click rate. Estimate
    it with care for little data; it must be above 0. `eligible` holds the numbers of the signatures that the
    campaign may be shown for. `open[h]` is the part (0 to 1) of the hour `h` of the traffic in which day parts
    allow it; None is always. Dates are not in it: `starts` and `ends` (exclusive, aware) do that. A campaign
    without an end has None and is due by the end of the traffic. `passed` is for how many slot requests it was
    eligible from its start until now; None when unknown, and then what remains is spread evenly from now on instead
    of along the curve of the whole campaign. `priority` decides who bears a shortfall: see `plan.py`.
    """

    id: CampaignId
    tier: Tier
    goal: float
    delivered: float
    eligible: Numbers
    starts: datetime | None = None
    ends: datetime | None = None
    pacing: Pacing = Pacing.EVEN
    yields: float = 1.0
    open: Floats | None = None
    passed: float | None = None
    priority: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What every campaign should have delivered at the edges of the blocks of time ahead, and the weights that do
    so.

    The rows of all arrays are `campaigns`; `edges` are seconds from `made`, one more than there are blocks.
    `weights[j, b]` is the worker's weight of campaign j in block b when it is exactly on its plan; `due[j, e]` the
    events of its goal counted at edge e. `capped` marks standard campaigns, whose goal is a cap. `prices` are for
    the next plan.
    """

    made: datetime
    campaigns: tuple[CampaignId, ...]
    capped: NDArray[np.bool_]
    goals: Floats
    edges: Floats
    weights: Floats
    due: Floats
    prices: Floats

    @property
    def finally_due(self) -> Mapping[CampaignId, float]:
        """Events of its goal that each campaign will have when the plan ends: below the goal where traffic does not
        suffice."""
        return dict(zip(self.campaigns, self.due[:, -1].tolist(), strict=True))

    def blocks_at(self, seconds: Floats) -> Numbers:
        """The block that holds each time, given in seconds from `made`; the first or last one for a time outside."""
        found: Numbers = np.searchsorted(self.edges, seconds, side="right") - 1
        return found.clip(0, len(self.edges) - 2)

    def due_at(self, seconds: float) -> Floats:
        """Events that each campaign should have at a time, given in seconds from `made`."""
        block = int(self.blocks_at(np.array([seconds]))[0])
        start, end = self.edges[block], self.edges[block + 1]
        part = min(1.0, max(0.0, (seconds - start) / max(end - start, 1e-9)))
        due: Floats = self.due[:, block] * (1 - part) + self.due[:, block + 1] * part
        return due


class DayCount(NamedTuple):
    """What one creative had on a day: `age` in days, 0 is today."""

    creative: CreativeId
    age: int
    impressions: int
    clicks: int
