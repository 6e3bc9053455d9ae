"""Time ahead cut into blocks: short ones soon, longer ones later, so that a plan has few columns."""

import numpy as np

from adserver.planning.values import Floats, Numbers

_BLOCKS = ((12, 1), (24, 2), (48, 4), (96, 6), (192, 12))
"""Until how many hours from now a block has how many hours; later ones have a day."""


def borders_of(hours: int) -> Numbers:
    """Borders of the blocks, in hours from the beginning of the present one; the first is 0, the last `hours`."""
    found = [0]
    for until, size in (*_BLOCKS, (hours, 24)):
        while found[-1] < min(until, hours):
            found.append(min(found[-1] + size, until, hours))
    return np.array(found)


def part_of_hours(first: float, last: float, hours: int) -> Floats:
    """Which part (0 to 1) of each of `hours` hours lies between two times, in hours from the first one's start."""
    starts = np.arange(hours)
    found: Floats = np.clip(np.minimum(last, starts + 1) - np.maximum(first, starts), 0.0, 1.0)
    return found


def summed(amounts: Floats, borders: Numbers) -> Floats:
    """Sums of the columns between borders."""
    found: Floats = np.add.reduceat(amounts, borders[:-1], axis=1)
    return found
