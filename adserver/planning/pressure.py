"""The weights of the moment: the plan's, moved by how early or late each campaign is."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from adserver.inventory.model import CampaignId
from adserver.planning.values import Floats, Plan

REACTION_SECONDS = 1800.0
_MOST = 4.0
_FEW_EVENTS = 2.0
HIGHEST = 1e150


def weights(plan: Plan, delivered: Mapping[CampaignId, float], now: datetime) -> Mapping[CampaignId, float]:
    """What each campaign of the plan weighs now: 0 when its goal is delivered, else above 0 for a guaranteed one.

    A guaranteed campaign weighs e times what is planned when it is late by what half an hour brings, and no more
    than e^4 times; and as much less when it is early. A standard one has a factor from 0 (on its plan or early) to 1
    (late by a quarter of an hour). A campaign that `delivered` does not name counts as unchanged since the plan was
    made. Weights may be very large, up to 1e150: campaigns that the traffic does not suffice for compete by their
    ratio. Below 1 ms for 1,000 campaigns.
    """
    seconds = (now - plan.made).total_seconds()
    due = plan.due_at(seconds)
    counted = np.array([delivered.get(each, start) for each, start in zip(plan.campaigns, plan.due[:, 0], strict=True)])
    late = (due - counted) / np.maximum(plan.due_at(seconds + REACTION_SECONDS) - due, _FEW_EVENTS)
    found = np.where(plan.capped, (2 * late).clip(0, 1), _pressed(plan, late, seconds))
    found = np.where(counted >= plan.goals, 0.0, found)
    return dict(zip(plan.campaigns, found.tolist(), strict=True))


def _pressed(plan: Plan, late: Floats, seconds: float) -> Floats:
    planned = plan.weights[:, int(plan.blocks_at(np.array([seconds]))[0])]
    pressed: Floats = np.minimum(planned * np.exp(late.clip(-_MOST, _MOST)), HIGHEST)
    return pressed
