"""Events on their way to Redis: what marks each as seen, and what it adds to."""

from datetime import date
from enum import IntEnum
from typing import NamedTuple

from adserver.counting.counter import Counter, ViewCounter
from adserver.counting.keys import Block
from adserver.counting.readers import Reader


class Outcome(IntEnum):
    """What came of an event; `commit.lua` returns these digits."""

    COUNTED = 0
    DUPLICATE = 1
    REPEATED = 2


class AdSighting(NamedTuple):
    """An ad's event, counted once a token: its bit, and the counters for the first time and for any later one.

    `impression` is where its impression's bit is; `unseen` is counted as well while that is not set.
    """

    shard: int
    block: Block
    bit: int
    first: Counter
    again: Counter | None
    impression: Block | None = None
    unseen: Counter | None = None


class ViewSighting(NamedTuple):
    """An article's view, counted once a token and once a reader in half an hour; `day` is the site's."""

    shard: int
    block: Block
    bit: int
    reader: Reader
    day: date
    first: ViewCounter
    again: ViewCounter | None
    repeated: ViewCounter


Sighting = AdSighting | ViewSighting
