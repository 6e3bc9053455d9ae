"""x"""

from datetime import timedelta

import numpy as np

from adserver.inventory.model import CampaignId, Tier
from adserver.planning.level import corrected
from adserver.planning.plan import make_plan
from adserver.planning.pressure import pace
from adserver.planning.values import Booking, Traffic
from tests.benchmarks.delivery.run import Weights
from tests.benchmarks.delivery.world import HOURS, START


class Planned:
    def __init__(self, world, every=3600.0):
        self.world, self.every = world, every
        self.plan = None
        self.rows = [np.flatnonzero(world.eligible[:, j]) for j in range(len(world.goals))]
        self.next = 0.0
        self.ET = world.eligible.T.astype(float)
        self.hours = np.arange(HOURS)

    def weights(self, seconds, delivered, came):
        w = self.world
        if self.plan is None or seconds >= self.next:
            self.replan(seconds, delivered, came)
            self.next = (seconds // self.every + 1) * self.every
        out = np.zeros(len(w.goals))
        out[self.index] = pace(self.plan, delivered[self.index], seconds - self.made)
        return Weights(out)

    def replan(self, seconds, delivered, came):
        w = self.world
        hour = int(seconds // 3600)
        self.index = np.flatnonzero((w.known <= seconds / 3600) & (w.last * 3600 > seconds))
        live = (self.hours >= w.first[:, None]) & (self.hours < w.last[:, None])
        passed = ((self.ET @ came) * live).sum(axis=1)
        traffic = corrected(Traffic(START, w.expected), came[:, :hour])
        bookings = [
            Booking(
                CampaignId(int(j)),
                Tier.GUARANTEED,
                float(w.goals[j]),
                float(delivered[j]),
                self.rows[j],
                START + timedelta(hours=int(w.first[j])),
                START + timedelta(hours=int(w.last[j])),
                passed=float(passed[j]),
            )
            for j in self.index
        ]
        self.plan = make_plan(traffic, bookings, START + timedelta(seconds=seconds), self.plan)
        self.made = seconds
