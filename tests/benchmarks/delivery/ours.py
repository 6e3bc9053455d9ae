"""The planner and the draw of production under simulated traffic: a plan once an hour, weights every few seconds, as
workers read them from Redis."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from adserver.decision.bits import mask_of
from adserver.decision.pace import Paces
from adserver.decision.pool import Limits, TierPool
from adserver.inventory.model import CampaignId, Tier
from adserver.planner.blob import decode, encode
from adserver.planning.plan import make_plan
from adserver.planning.pressure import weights
from adserver.planning.values import Booking, Floats, Numbers, Plan, Traffic
from tests.benchmarks.delivery.choice import Drawn
from tests.benchmarks.delivery.level import corrected
from tests.benchmarks.delivery.state import State, known
from tests.benchmarks.delivery.world import SLOTS, START, World


class Planned:
    def __init__(self, world: World, workers: int, every: float = 3600.0) -> None:
        self._world = world
        self._every = every
        self._state = State(world)
        self._rows: list[Numbers] = [np.flatnonzero(column) for column in world.eligible.T]
        self._pools = [_tiers(world.kinds.capped.tolist()) for _ in range(workers)]
        self._plan: Plan | None = None
        self._next = 0.0

    def choice(self, seconds: float, delivered: Floats, came: Floats) -> Drawn:
        if self._plan is None or seconds >= self._next:
            self._plan = self._planned(seconds, delivered, came)
            self._next = (seconds // self._every + 1) * self._every
        counted = {CampaignId(number): amount for number, amount in enumerate(delivered.tolist())}
        now = START + timedelta(seconds=seconds)
        read = decode(encode(Paces(1, weights(self._plan, counted, now), {}), now)).paces.campaigns
        return Drawn(self._pools, [read.get(CampaignId(number), 0.0) for number in range(len(delivered))])

    def _planned(self, seconds: float, delivered: Floats, came: Floats) -> Plan:
        hour = int(seconds // 3600)
        world = self._world.at(hour)
        passed = self._state.passed(came, hour)
        bookings = [
            Booking(
                id=CampaignId(number),
                tier=Tier.STANDARD if world.kinds.capped[number] else Tier.GUARANTEED,
                goal=float(world.goals[number]),
                delivered=float(delivered[number]),
                eligible=self._rows[number],
                starts=START + timedelta(hours=int(world.first[number])),
                ends=START + timedelta(hours=int(world.last[number])),
                yields=float(world.kinds.believed[number]),
                passed=float(passed[number]),
            )
            for number in known(world, seconds)
        ]
        traffic = corrected(Traffic(START, world.expected), came[:, :hour], SLOTS)
        return make_plan(traffic, bookings, START + timedelta(seconds=seconds), self._plan)


def _tiers(capped: Sequence[bool]) -> Sequence[TierPool]:
    guaranteed = mask_of(place for place, each in enumerate(capped) if not each)
    standard = mask_of(place for place, each in enumerate(capped) if each)
    pools = [TierPool(guaranteed, 1.0, Limits()), TierPool(standard, 0.0, Limits())]
    return [pool for pool in pools if pool.mask]
