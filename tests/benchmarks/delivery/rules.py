"""Rules of others, as their sources or papers state them, on the same traffic; where one needs a forecast it has
ours, corrected."""

import numpy as np

from adserver.planning.values import Floats, Numbers
from tests.benchmarks.delivery.choice import Best, Choice, Coins, Eligible, Shares, Weights, Worker
from tests.benchmarks.delivery.state import State, known
from tests.benchmarks.delivery.world import HOURS, SIGNATURES, SLOTS, World


class Hourly:
    """A rule that prepares something at the beginning of each hour, and knows the curve of the corrected forecast."""

    ahead_of_curve = 0.0
    forecasts = True

    def __init__(self, world: World) -> None:
        self.world = world
        self.state = State(world)
        self.hour = -1
        self.known = np.zeros(len(world.goals), dtype=bool)
        self.prepared: Floats = np.zeros(len(world.goals))

    def choice(self, seconds: float, delivered: Floats, came: Floats) -> Choice:
        if seconds // 3600 != self.hour:
            self.hour = int(seconds // 3600)
            self.known = np.isin(np.arange(len(delivered)), known(self.world, seconds))
            if self.forecasts:
                self._forecast(came)
            self.prepared = self.prepare(delivered, came)
        return self.now(seconds, np.where(self.known, self.world.goals - delivered, 0.0), delivered)

    def prepare(self, delivered: Floats, came: Floats) -> Floats:
        return self.prepared

    def now(self, seconds: float, left: Floats, delivered: Floats) -> Choice:
        raise NotImplementedError

    def due(self, seconds: float) -> Floats:
        """What each should have delivered by the curve of forecast traffic, a little ahead."""
        part = self._passed + self._next * (seconds / 3600 - self.hour)
        return self.world.goals * np.minimum(1, part * (1 + self.ahead_of_curve))

    def _forecast(self, came: Floats) -> None:
        passed, self.ahead = self.state.passed(came, self.hour), self.state.ahead(came, self.hour)
        whole = np.maximum(passed + self.ahead.sum(axis=1), 1e-9)
        self._passed, self._next = passed / whole, self.ahead[:, self.hour] / whole


class Unpaced(Hourly):
    """All that are not done, alike."""

    forecasts = False

    def now(self, seconds: float, left: Floats, delivered: Floats) -> Choice:
        return Weights((left > 0).astype(float), pass_on=0)


class EarliestDeadline(Hourly):
    """Always the one that ends first."""

    forecasts = False

    def now(self, seconds: float, left: Floats, delivered: Floats) -> Choice:
        return Best(np.where(left > 0, 1 / (self.world.last - seconds / 3600 + 1e-3).clip(1e-3), 0))


class NeedOfInterval(Hourly):
    """EthicalAds: by chance in proportion to what is missing to the straight line in time, at the end of the
    interval (a day)."""

    forecasts = False

    def now(self, seconds: float, left: Floats, delivered: Floats) -> Choice:
        days_end = (seconds // 86400 + 1) * 24
        part = (days_end - self.world.first) / (self.world.last - self.world.first)
        need = self.world.goals * part.clip(0, 1) - delivered
        return Weights(np.where(left > 0, need.clip(0), 0), pass_on=0)


class NeedOfHour(Hourly):
    """Revive: each hour a probability, from what is left, the hours left by the slots' usual curve, and the
    impressions that the slots had in the hour before; corrected by how far the last hour fell short of it, as
    targeting is unknown there."""

    forecasts = False

    def __init__(self, world: World) -> None:
        super().__init__(world)
        per_slot = SIGNATURES // SLOTS
        slots = world.eligible.reshape(SLOTS, per_slot, -1).any(axis=1)
        self._slots = slots.T.astype(float)
        self._factor = np.ones(len(world.goals))
        self._wanted, self._had = np.zeros(len(world.goals)), np.zeros(len(world.goals))

    def prepare(self, delivered: Floats, came: Floats) -> Floats:
        usual = self._slots @ self.world.expected.reshape(SLOTS, -1, HOURS).sum(axis=1) * self.state.live
        ahead = usual[:, self.hour :].sum(axis=1)
        wanted = (self.world.goals - delivered).clip(0) * usual[:, self.hour] / np.maximum(ahead, 1e-9)
        got = np.maximum(delivered - self._had, 0.1)
        self._factor = np.where(self._wanted > 0, self._factor * self._wanted / got, 1.0).clip(0.1, 1000)
        self._wanted, self._had = wanted, delivered.copy()
        before = came[:, self.hour - 1] if self.hour else self.world.expected[:, 0]
        requests = self._slots @ before.reshape(SLOTS, -1).sum(axis=1)
        return np.where(self.known, self._factor * wanted / np.maximum(requests, 1), 0).clip(0, 1)

    def now(self, seconds: float, left: Floats, delivered: Floats) -> Choice:
        return Shares(np.where(left > 0, self.prepared, 0))


class PassThrough(Hourly):
    """Share of traffic (Agarwal et al., KDD 2014): the chance to take part rises or falls by a tenth each minute."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._chances = np.full(len(world.goals), 0.1)
        self._minute = 0.0

    def now(self, seconds: float, left: Floats, delivered: Floats) -> Choice:
        if seconds - self._minute >= 60:
            self._minute = seconds
            factor = np.where(delivered < self.due(seconds), 1.1, 0.9)
            self._chances = (self._chances * factor).clip(0.001, 1)
        return Coins(np.where(left > 0, self._chances, 0))


class MirrorDescent(Hourly):
    """Dual mirror descent (Balseiro, Lu, Mirrokni): the lowest price goes first, none above 1; prices follow each
    delivery."""

    step = 0.02

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._prices = np.zeros(len(world.goals))
        self._had, self._seen = np.zeros(len(world.goals)), 0.0

    def now(self, seconds: float, left: Floats, delivered: Floats) -> Choice:
        rate = np.maximum(self.ahead[:, self.hour] * self.world.goals * (seconds - self._seen) / 3600, 0)
        wanted = rate / np.maximum(self._whole(), 1e-9)
        scale = np.maximum(self.world.goals / 300, 1)
        self._prices = (self._prices + self.step * (delivered - self._had - wanted) / scale * 10).clip(-5, 5)
        self._had, self._seen = delivered.copy(), seconds
        return Best(np.where(left > 0, (1 - self._prices).clip(0), 0))

    def _whole(self) -> Floats:
        return np.maximum(self._passed_and_ahead(), 1e-9)

    def _passed_and_ahead(self) -> Floats:
        return self.ahead.sum(axis=1) / np.maximum(1 - self._passed, 1e-3)


class HighWaterMark(Hourly):
    """Chen et al., EC 2012: those with least traffic first; each takes one share of whatever the former leave it.
    Every hour anew."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._order: Numbers = np.arange(len(world.goals))

    def prepare(self, delivered: Floats, came: Floats) -> Floats:
        # by day: a share is of what is left day by day, as campaigns come and go
        days = self.state.expected(came, self.hour)
        days[:, : self.hour] = 0
        free = np.ones((SIGNATURES, HOURS // 24))
        days = days.reshape(SIGNATURES, -1, 24).sum(axis=2)
        left = np.where(self.known, self.world.goals - delivered, 0)
        self._order = np.argsort(self.ahead.sum(axis=1))
        shares = np.zeros(len(left))
        for campaign in self._order[left[self._order] > 0]:
            rows = np.flatnonzero(self.world.eligible[:, campaign])
            live = slice(max(self.hour, self.world.first[campaign]) // 24, self.world.last[campaign] // 24)
            shares[campaign] = _share(days[rows, live], free[rows, live], left[campaign])
            free[rows, live] -= np.minimum(free[rows, live], shares[campaign])
        return shares

    def now(self, seconds: float, left: Floats, delivered: Floats) -> Choice:
        return _InOrder(np.where(left > 0, self.prepared, 0), self._order)


class _InOrder:
    def __init__(self, shares: Floats, order: Numbers) -> None:
        self._shares = Shares(shares[order], in_turn=True)
        self._order = np.append(order, len(order))

    def pick(self, eligible: Eligible, worker: Worker) -> Numbers:
        found: Numbers = self._order[self._shares.pick(eligible[:, self._order[:-1]], worker)]
        return found


def _share(requests: Floats, free: Floats, wanted: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if (requests * np.minimum(free, middle)).sum() < wanted else (low, middle)
    return high


class Pressure(Hourly):
    """The lab's pressure without a plan: what is missing to the curve by what is left of the time, to the fourth
    power."""

    ahead_of_curve = 0.05

    def now(self, seconds: float, left: Floats, delivered: Floats) -> Choice:
        pressure = (self.due(seconds) - delivered) / (self.world.goals * (1 - self._passed).clip(0.03))
        return Weights(np.where(left > 0, pressure.clip(0) ** 4 * 1e12, 0), pass_on=1e-9)
