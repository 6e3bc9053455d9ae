"""From inventory, forecast and counts to a plan, and from the plan to the weights of the moment."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from adserver.connections import Connection
from adserver.decision.pace import Paces
from adserver.forecast.bookings import count_of, goal_of
from adserver.forecast.load import load_kinds, load_rates
from adserver.forecast.record import tidy_traffic
from adserver.forecast.rollup import roll_up
from adserver.inventory.model import Campaign, CampaignId, CreativeId, GoalKind, Inventory, Rotation
from adserver.planner.counts import DeliveredCounts, PastRequests, load_days
from adserver.planner.problem import Known, campaigns_to_plan, problem_of
from adserver.planning.creatives import shares
from adserver.planning.plan import make_plan
from adserver.planning.pressure import weights
from adserver.planning.values import DayCount, Plan

TIDY = timedelta(hours=1)


class Planner:
    """Keeps the plan in use, and what was read of the past."""

    def __init__(self, traffic_days: int) -> None:
        self._past = PastRequests()
        self._delivered = DeliveredCounts()
        self._campaigns: dict[CampaignId, Campaign] = {}
        self._shares: dict[CreativeId, float] = {}
        self._traffic_days = traffic_days
        self._tidied_at: datetime | None = None
        self.plan: Plan | None = None

    async def make_plan(self, connection: Connection, inventory: Inventory, now: datetime) -> None:
        """Read what is known, and plan anew from the plan before."""
        campaigns = campaigns_to_plan(inventory, now)
        await self._delivered.settle(connection, campaigns, now)
        known = Known(
            histories=await self._past.histories(connection, inventory.sites, inventory.slots, now),
            rates=await load_rates(connection, inventory.slots, now),
            kinds=await load_kinds(connection, inventory.sites, inventory.slots, now),
            delivered=await self._delivered.now(connection, now),
        )
        optimised = [campaign for campaign in inventory.campaigns if campaign.rotation is Rotation.OPTIMISED]
        self._shares = _shares(optimised, await load_days(connection, optimised, now), np.random.default_rng())
        self._campaigns = {campaign.id: campaign for campaign in campaigns}
        self.plan = await asyncio.to_thread(_planned, inventory, known, now, self.plan) if campaigns else None

    async def paces(self, connection: Connection, now: datetime) -> Paces:
        """Return the weights of the moment, from what is delivered by now: 0 for who is done, none for who is not in
        the plan."""
        delivered = await self._delivered.now(connection, now)
        counts = {id_: float(count_of(campaign, delivered[id_])) for id_, campaign in self._campaigns.items()}
        planned = {} if self.plan is None else weights(self.plan, counts, now)
        done = [id_ for id_, campaign in self._campaigns.items() if _is_done(campaign, counts[id_])]
        return Paces(version_at(now), {**planned, **dict.fromkeys(done, 0.0)}, self._shares)

    async def tidy(self, connection: Connection, now: datetime) -> None:
        """Sum up what has settled, keep the sample of traffic small; does something once an hour."""
        if self._tidied_at is None or now - self._tidied_at >= TIDY:
            await roll_up(connection, now)
            await tidy_traffic(connection, now.date(), self._traffic_days)
            self._tidied_at = now


def version_at(now: datetime) -> int:
    """Return a version that no other plan has, also after another planner took over: the time in milliseconds."""
    return int(now.timestamp() * 1000)


def _planned(inventory: Inventory, known: Known, now: datetime, before: Plan | None) -> Plan:
    problem = problem_of(inventory, known, now)
    return make_plan(problem.traffic, problem.bookings, now, before)


def _shares(
    campaigns: Sequence[Campaign], counts: Sequence[DayCount], random: np.random.Generator
) -> dict[CreativeId, float]:
    found: dict[CreativeId, float] = {}
    for campaign in campaigns:
        found |= shares([creative.id for creative in campaign.creatives], counts, random)
    return found


def _is_done(campaign: Campaign, count: float) -> bool:
    goal = goal_of(campaign)
    return goal is not None and goal.kind is not GoalKind.SHARE and count >= goal.amount
