"""What could be delivered by one who knows all that will come: max-flow, and of its answers the most even one."""

from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from adserver.planning.values import Floats, Numbers


@dataclass(frozen=True, slots=True)
class Segments:
    """Requests that have the same eligible campaigns, put together: how many there are, and pairs (segment,
    campaign)."""

    requests: Floats
    segments: Numbers
    campaigns: Numbers
    count: int

    @classmethod
    def of(cls, came: Floats, eligible: NDArray[np.bool_], first: Numbers, last: Numbers) -> Self:
        """Dates are whole days (hours 24 n). `eligible[s, j]`, `came[s, hour]`."""
        days = came.reshape(len(came), -1, 24).sum(axis=2)
        rows, amounts = [], []
        for day in range(days.shape[1]):
            live = (first <= day * 24) & (last > day * 24)
            rows.append(np.packbits(eligible & live, axis=1))
            amounts.append(days[:, day])
        alike, inverse = np.unique(np.concatenate(rows), axis=0, return_inverse=True)
        requests = np.bincount(inverse.reshape(-1), np.concatenate(amounts), len(alike))
        segments, campaigns = np.nonzero(np.unpackbits(alike, axis=1, count=eligible.shape[1]))
        return cls(requests, segments, campaigns, eligible.shape[1])

    def scaled(self, factor: float) -> Self:
        return replace(self, requests=np.floor(self.requests * factor))

    def reach(self) -> Floats:
        """Requests that each campaign is eligible for."""
        return np.bincount(self.campaigns, self.requests[self.segments], self.count)


def total(segments: Segments) -> float:
    return float(segments.requests.sum())


class Flow(NamedTuple):
    """`delivered` by campaign; `short` marks the campaigns that share only what is used up: the source's side of a
    cut."""

    delivered: Floats
    short: NDArray[np.bool_]


def most(segments: Segments, goals: Floats) -> Flow:
    """A largest flow. Nodes: source, campaigns, segments, sink. Goals are rounded to whole impressions."""
    places = len(segments.requests)
    source, sink, size = 0, segments.count + places + 1, segments.count + places + 2
    tails = np.concatenate(
        [np.full(segments.count, source), segments.campaigns + 1, np.arange(places) + segments.count + 1]
    )
    heads = np.concatenate(
        [np.arange(segments.count) + 1, segments.segments + segments.count + 1, np.full(places, sink)]
    )
    wide = np.full(len(segments.campaigns), 2**30)
    room = np.concatenate([np.round(goals), wide, segments.requests]).astype(np.int32)
    graph = csr_matrix(coo_matrix((room, (tails, heads)), shape=(size, size)))
    flow = maximum_flow(graph, source, sink).flow
    delivered = flow[source].toarray().reshape(-1)[1 : segments.count + 1].astype(float)
    left = graph - flow
    left.data[left.data < 0] = 0
    left.eliminate_zeros()
    reached = np.zeros(size, dtype=bool)
    reached[breadth_first_order(left, source, return_predecessors=False)] = True
    return Flow(delivered, reached[1 : segments.count + 1])


def most_even(segments: Segments, goals: Floats) -> Floats:
    """Of the largest flows the one whose worst campaign has the largest part of its goal, then the next worst, and
    so on.

    Those that cannot all have what they want are found as a smallest cut; their part falls until it can be had, and
    is settled (Newton's method on the cut, as for lexicographically optimal flows: Fujishige 1980, Megiddo 1974).
    """
    given = np.floor(goals)
    settled = np.zeros(len(goals), dtype=bool)
    while ((cut := most(segments, given).short) & ~settled).any():
        part = 1.0
        while (cut & ~settled).any():
            settling, part = cut & ~settled, _part(segments, goals, np.where(settled, given, 0), cut, settled)
            cut = most(segments, np.where(settled, given, np.floor(goals * part))).short
        given = np.where(settling, np.floor(goals * part), given)
        settled |= settling
    return given


def _part(
    segments: Segments, goals: Floats, given: Floats, cut: NDArray[np.bool_], settled: NDArray[np.bool_]
) -> float:
    """The part of their goals that those in the cut can have, when what they share is theirs alone."""
    used_up = np.zeros(len(segments.requests), dtype=bool)
    used_up[segments.segments[cut[segments.campaigns]]] = True
    return float((segments.requests[used_up].sum() - given[cut].sum()) / goals[cut & ~settled].sum())
