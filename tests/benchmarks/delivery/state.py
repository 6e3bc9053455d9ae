"""What any rule may know at a moment: who is booked, what has passed, what is still expected."""

import numpy as np

from adserver.planning.values import Floats, Traffic
from tests.benchmarks.delivery.level import corrected
from tests.benchmarks.delivery.world import HOURS, SLOTS, START, World


def known(world: World, seconds: float) -> list[int]:
    """Campaigns that are booked, neither ended nor paused."""
    booked = (world.known * 3600 <= seconds) & (world.last * 3600 > seconds) & ~world.paused
    return np.flatnonzero(booked).tolist()


class State:
    def __init__(self, world: World) -> None:
        self._world = world
        self._eligible = world.eligible.T.astype(float)
        self._passed, self._hours = np.zeros(len(world.goals)), 0
        hours = np.arange(HOURS)
        self.live = (hours >= world.first[:, None]) & (hours < world.last[:, None])

    def passed(self, came: Floats, hour: int) -> Floats:
        """Requests that each campaign was eligible for, from its start until now, which is in `hour`."""
        while self._hours < hour:
            self._passed += (self._eligible @ came[:, self._hours]) * (self._world.first <= self._hours)
            self._hours += 1
        found: Floats = self._passed + (self._eligible @ came[:, hour]) * (self._world.first <= hour)
        return found

    def ahead(self, came: Floats, hour: int) -> Floats:
        """Requests that each campaign will be eligible for, by hour and the corrected forecast; the past is empty."""
        found = np.zeros(self.live.shape)
        found[:, hour:] = (self._eligible @ self.expected(came, hour)[:, hour:]) * self.live[:, hour:]
        return found

    def expected(self, came: Floats, hour: int) -> Floats:
        """By signature and hour, corrected as ours is."""
        return corrected(Traffic(START, self._world.expected), came[:, :hour], SLOTS).requests
