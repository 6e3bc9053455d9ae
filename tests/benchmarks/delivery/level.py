"""A forecast corrected by what came: today's level, the lasting one, and each signature's own.

It stands for `forecast/volume.py`, which does the same by slot from weeks of figures that the simulator does not have.
"""

from dataclasses import replace

import numpy as np

from adserver.planning.values import Floats, Traffic

LASTING_HOURS = 72.0
TODAY_HOURS = 4.0
"""Half-lives of what is remembered for the level of days, and for that of the day."""
FADING_HOURS = 8.0
"""Half-life of today's level in the hours to come."""
_OWN_REQUESTS = 300.0
"""A signature's own factor counts for half when this many requests were expected of it."""


def corrected(traffic: Traffic, came: Floats) -> Traffic:
    """The forecast with its hours ahead raised or lowered to what the hours that have passed say.

    `came[s, h]` is what came in the first full hours of the traffic, those before the present one. Levels are medians
    over the hours, so a burst of a few hours says nothing of the days to come.
    """
    hours = came.shape[1]
    if not hours:
        return traffic
    before = traffic.requests[:, :hours]
    expected, seen = before.sum(axis=0), came.sum(axis=0)
    lasting = _level(expected, seen, LASTING_HOURS)
    today = _level(expected, seen, TODAY_HOURS)
    ahead = np.arange(traffic.requests.shape[1] - hours)
    level = lasting + (today - lasting) * 0.5 ** (ahead / FADING_HOURS)
    usual = before.sum(axis=1) * seen.sum() / max(1e-9, expected.sum())
    own = (came.sum(axis=1) + _OWN_REQUESTS) / (usual + _OWN_REQUESTS)
    requests = traffic.requests.copy()
    requests[:, hours:] *= own[:, None] * level
    return replace(traffic, requests=requests)


def _level(expected: Floats, seen: Floats, half_life: float) -> float:
    """Median of what came by what was expected, hours weighted by their traffic and age; 1 counts as one more hour."""
    age = len(expected) - 1 - np.arange(len(expected))
    ratios = np.append(seen / np.maximum(expected, 1e-9), 1.0)
    weights = np.append(expected * 0.5 ** (age / half_life), expected.mean())
    order = np.argsort(ratios)
    upto = weights[order].cumsum()
    if upto[-1] <= 0:
        return 1.0
    return float(ratios[order][np.searchsorted(upto, upto[-1] / 2)])
