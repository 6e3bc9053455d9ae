"""x"""

import numpy as np
from datetime import datetime, timedelta
from dataclasses import dataclass
from collections.abc import Sequence
from adserver.inventory.model import CampaignId, Pacing, Tier
from adserver.planning.blocks import edges, part_of_hours, summed
from adserver.planning.solve import Problem, Solution, solve
from adserver.planning.values import Booking, Floats, Plan, Traffic

CATCH_UP_HOURS = 24.0
AHEAD = 0.02
FEW = 5.0
ABS = True


def make_plan(
    traffic: Traffic,
    bookings: Sequence[Booking],
    now: datetime,
    before: Plan | None = None,
    rounds: tuple[int, int] = (80, 25),
) -> Plan:
    since = (now - traffic.starts) / timedelta(hours=1)
    first = int(since)
    requests = traffic.requests[:, first:].copy()
    requests[:, 0] *= 1 - (since - first)
    hours = requests.shape[1]
    borders = edges(hours)
    E = np.zeros((len(requests), len(bookings)), dtype=bool)
    for j, b in enumerate(bookings):
        E[b.eligible, j] = True
    opened = np.array([_open(b, traffic, first, since, hours) for b in bookings])
    # merge
    packed = np.packbits(E, axis=1)
    keys = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).reshape(-1)
    _, index, inverse = np.unique(keys, return_index=True, return_inverse=True)
    merged = np.zeros((len(index), len(borders) - 1))
    blocks = summed(requests, borders)
    np.add.at(merged, inverse, blocks)
    E = E[index].astype(float)
    total = requests.sum(axis=0)
    tb = np.maximum(summed(total[None], borders), 1e-9)
    L = summed(opened * total, borders) / tb
    A = (E.T @ merged) * L
    whole = np.array([b.goal / b.yields for b in bookings])
    needed = np.array([max(0.0, b.goal - b.delivered) / b.yields for b in bookings])
    passed = np.array([np.nan if b.passed is None else b.passed for b in bookings])
    mids = (borders[:-1] + borders[1:]) / 2
    ideal = _ideal(A, whole, needed, passed, mids)
    z = np.full(ideal.shape, -1.0)
    u = np.zeros(len(bookings))
    known = 0
    if before is not None:
        at = {c: i for i, c in enumerate(before.campaigns)}
        shift = (now - before.made).total_seconds()
        times = np.maximum(mids * 3600 - (since - first) * 3600, 0) + shift
        col = np.clip(np.searchsorted(before.edges, times) - 1, 0, before.weights.shape[1] - 1)
        for j, b in enumerate(bookings):
            i = at.get(b.id)
            if i is not None:
                z[j] = np.log(np.maximum(before.weights[i, col], 1e-6))
                u[j] = before.prices[i]
                known += 1
    s = solve(
        Problem(merged, E, L, ideal, needed, whole), z, u, rounds[1] if known >= len(bookings) * 0.97 else rounds[0]
    )
    y = np.array([b.yields for b in bookings])
    due = np.zeros((len(bookings), len(borders)))
    due[:, 0] = [b.delivered for b in bookings]
    due[:, 1:] = due[:, :1] + (s.choices * y[:, None]).cumsum(axis=1)
    e = np.maximum((borders - (since - first)) * 3600.0, 0)
    return Plan(
        now,
        tuple(b.id for b in bookings),
        tuple(b.tier for b in bookings),
        np.array([b.goal for b in bookings]),
        e,
        np.exp(s.logs),
        due,
        s.prices,
    )


def _open(b, traffic, first, since, hours):
    lo = since if b.starts is None else max(since, (b.starts - traffic.starts) / timedelta(hours=1))
    hi = 1e9 if b.ends is None else (b.ends - traffic.starts) / timedelta(hours=1)
    dates = part_of_hours(lo - first, hi - first, hours)
    # present hour: part of what is left
    dates[0] = dates[0] / max(1e-9, 1 - (since - first))
    return dates if b.open is None else dates * b.open[first:]


def _ideal(A, whole, needed, passed, mids):
    future = A.sum(axis=1)
    known = ~np.isnan(passed)
    p = np.where(known, passed, 0)
    all_ = np.maximum(p + future, 1e-9)
    cum = (p[:, None] + A.cumsum(axis=1)) / all_[:, None]
    ahead = (1 - AHEAD - np.minimum(0.1, FEW / np.maximum(whole, 1)))[:, None]
    left = np.minimum(1, np.maximum(0, cum / ahead))
    begin = np.minimum(1, p / all_ / ahead[:, 0])
    curve = np.diff(left, axis=1, prepend=begin[:, None])
    even = whole[:, None] * curve
    if not ABS:
        tot = np.maximum(curve.sum(1, keepdims=True), 1e-12)
        return np.where(
            A > 0,
            np.maximum(needed[:, None] * curve / tot, 1e-3 * needed[:, None] * A / np.maximum(future[:, None], 1e-9)),
            0,
        )
    late = needed - even.sum(axis=1)
    k = A * np.exp(-mids / CATCH_UP_HOURS)
    k /= np.maximum(k.sum(axis=1, keepdims=True), 1e-12)
    want = even + late[:, None] * k
    floor = 0.1 * needed[:, None] * A / np.maximum(future[:, None], 1e-9)
    want = np.maximum(want, floor)
    want *= (needed / np.maximum(want.sum(axis=1), 1e-12))[:, None]
    return np.where(A > 0, np.maximum(want, 1e-9), 0)
