"""A forecast corrected by what came, as `forecast/volume.py` does it: slot by slot, by the level of production."""

from dataclasses import replace

import numpy as np

from adserver.forecast.level import level_of
from adserver.planning.values import Floats, Traffic


def corrected(traffic: Traffic, came: Floats, slots: int = 1) -> Traffic:
    """The forecast with its hours ahead raised or lowered to what the hours that have passed say.

    `came[s, h]` is what came in the first full hours of the traffic, those before the present one. As many signatures
    in turn belong to each of the slots. Where the forecast is wrong within a slot, it stays so.
    """
    hours = came.shape[1]
    ages, ahead = list(range(hours))[::-1], range(traffic.requests.shape[1] - hours)
    requests = traffic.requests.copy()
    for of_slot, seen in zip(np.split(requests, slots), np.split(came, slots), strict=True):
        level = level_of(seen.sum(axis=0).tolist(), of_slot[:, :hours].sum(axis=0).tolist(), ages)
        of_slot[:, hours:] *= [level.ahead(hour) for hour in ahead]
    return replace(traffic, requests=requests)
