"""How much each creative of a campaign with optimised rotation is shown."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.random import Generator

from adserver.inventory.model import CreativeId
from adserver.planning.values import DayCount, Floats

FLOOR = 0.1
"""The part of a campaign that goes evenly to all its creatives, so that each goes on being tried."""
HALF_LIFE_DAYS = 5.0
"""What happened so long ago counts for half: creatives wear out, readers change."""
_DRAWS = 2000
_PRIOR_CLICKS = 1.0
_PRIOR_RATE = 0.002


def shares(
    creatives: Sequence[CreativeId], counts: Iterable[DayCount], random: Generator
) -> Mapping[CreativeId, float]:
    """The share of each creative, summing to 1: a tenth evenly, the rest by how likely it is the one most clicked.

    Thompson sampling done in advance: of 2,000 draws from each creative's Beta posterior, the part in which it is
    highest. The prior is the campaign's own click rate, worth one click, so that few impressions move little.
    Counts of creatives that are not asked for are ignored.
    """
    if not creatives:
        return {}
    impressions, clicks = _remembered(creatives, counts)
    rate = (clicks.sum() + _PRIOR_CLICKS) / (impressions.sum() + _PRIOR_CLICKS / _PRIOR_RATE)
    rate = min(rate, 0.5)  # clicks of impressions that were not counted
    alpha = clicks + _PRIOR_CLICKS
    beta = np.maximum(impressions - clicks, 0.0) + _PRIOR_CLICKS * (1 - rate) / rate
    best = random.beta(alpha, beta, (_DRAWS, len(creatives))).argmax(axis=1)
    likely = np.bincount(best, minlength=len(creatives)) / _DRAWS
    return dict(zip(creatives, (FLOOR / len(creatives) + (1 - FLOOR) * likely).tolist(), strict=True))


def _remembered(creatives: Sequence[CreativeId], counts: Iterable[DayCount]) -> tuple[Floats, Floats]:
    places = {creative: place for place, creative in enumerate(creatives)}
    impressions, clicks = np.zeros(len(creatives)), np.zeros(len(creatives))
    for count in counts:
        place = places.get(count.creative)
        if place is not None:
            weight = 0.5 ** (count.age / HALF_LIFE_DAYS)
            impressions[place] += weight * count.impressions
            clicks[place] += weight * count.clicks
    return impressions, clicks
