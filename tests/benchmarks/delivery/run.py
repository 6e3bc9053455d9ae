"""A fortnight run through under one rule: workers that draw for themselves, by weights from counts some seconds old."""

from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from adserver.planning.values import Floats, Numbers
from tests.benchmarks.delivery.choice import Choice, Eligible, Worker
from tests.benchmarks.delivery.world import HOURS, SLOTS, World


@dataclass(frozen=True, slots=True)
class Fleet:
    """Every `every` seconds weights are worked out, from counts that are `age` seconds old; a worker reads them as
    often, at a time of its own. So what a choice knows is older by up to twice `every`."""

    workers: int = 8
    age: float = 10.0
    every: float = 5.0


class Rule(Protocol):
    def choice(self, seconds: float, delivered: Floats, came: Floats) -> Choice:
        """How to choose from now on; asked in the order of time. `delivered` by campaign and requests that came by
        signature and hour, as counted."""
        ...


def run(world: World, rule: Rule, fleet: Fleet) -> Floats:
    """`[j, h]` is what campaign j has delivered at the end of hour h, in events of its goal."""
    random = np.random.default_rng(world.settings.seed + 1000)
    workers = [Worker(number, each) for number, each in enumerate(random.spawn(fleet.workers))]
    seconds, signatures = world.seconds[::SLOTS], world.signatures.reshape(-1, SLOTS)
    served_by = random.integers(fleet.workers, size=len(seconds))
    versions = _versions(seconds, served_by, fleet)
    published = _Published(rule, fleet, np.unique(versions).tolist(), len(world.goals))
    counts = _Counts(len(world.goals))
    came = np.zeros_like(world.came)
    readers = _Readers(world)
    hour, eligible = -1, world.eligible
    for at, version, worker, page in zip(
        seconds.tolist(), versions.tolist(), served_by.tolist(), signatures, strict=True
    ):
        if at >= (hour + 1) * 3600:
            counts.close(hour, int(at // 3600))
            hour = int(at // 3600)
            eligible = world.eligible & world.at(hour).live(hour)
        published.upto(at, counts, came)
        free = readers.free(eligible[page])
        counts.add(at, readers.events(published.choices[version].pick(free, workers[worker]).tolist()))
        came[page, hour] += 1
    counts.close(hour, HOURS)
    return counts.by_hour


def _versions(seconds: Floats, served_by: Numbers, fleet: Fleet) -> Numbers:
    """The number of the weights that serve each page: those which its worker read last."""
    phases = served_by / fleet.workers * fleet.every
    read = np.floor((seconds - phases) / fleet.every) * fleet.every + phases
    found: Numbers = np.maximum(np.floor(read / fleet.every), 0).astype(int)
    return found


class _Readers:
    """What readers do: a cap of theirs may be reached, and not all that is chosen is seen or clicked."""

    def __init__(self, world: World) -> None:
        self._random = np.random.default_rng(world.settings.seed + 2000)
        self._refused = world.kinds.refused
        self._yields = [*world.kinds.yields.tolist(), 0.0]
        self._are_plain = not self._refused.any() and min(world.kinds.yields) == 1

    def free(self, eligible: Eligible) -> Eligible:
        return eligible if self._are_plain else eligible & (self._random.random(len(self._refused)) >= self._refused)

    def events(self, chosen: list[int]) -> list[int]:
        """Those of the campaigns that had an event of their goal."""
        if self._are_plain:
            return [campaign for campaign in chosen if self._yields[campaign]]
        return [campaign for campaign in chosen if self._random.random() < self._yields[campaign]]


class _Counts:
    """What was delivered, and what of it is counted."""

    def __init__(self, campaigns: int) -> None:
        self.by_hour = np.zeros((campaigns, HOURS))
        self._counted = np.zeros(campaigns)
        self._coming: deque[tuple[float, int]] = deque()

    def add(self, at: float, campaigns: list[int]) -> None:
        self._coming.extend((at, campaign) for campaign in campaigns)

    def counted(self, upto: float) -> Floats:
        while self._coming and self._coming[0][0] < upto:
            self._counted[self._coming.popleft()[1]] += 1
        return self._counted.copy()

    def close(self, hour: int, following: int) -> None:
        """Note what there was at the end of the hour, and of those without requests up to the following one."""
        coming = np.bincount([campaign for _, campaign in self._coming], minlength=len(self._counted))
        self.by_hour[:, max(hour, 0) : following] = (self._counted + coming)[:, None]


class _Published:
    """The weights that some page is served by; only the last few are kept."""

    def __init__(self, rule: Rule, fleet: Fleet, versions: list[int], campaigns: int) -> None:
        self.choices: dict[int, Choice] = {}
        self._rule = rule
        self._fleet = fleet
        self._versions = deque(versions)
        self._campaigns = campaigns

    def upto(self, seconds: float, counts: _Counts, came: Floats) -> None:
        while self._versions and self._versions[0] * self._fleet.every <= seconds:
            version = self._versions.popleft()
            at = version * self._fleet.every
            self.choices[version] = self._rule.choice(at, counts.counted(at - self._fleet.age), came)
            for former in [each for each in self.choices if each < version - 2]:
                del self.choices[former]
