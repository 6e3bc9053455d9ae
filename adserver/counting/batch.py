"""A batch of events of one shard: who waits for it, and the keys and arguments that `commit.lua` takes."""

import logging
import struct
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import chain
from typing import NamedTuple

from adserver.counting import keys
from adserver.counting.bundle import NOTHING, Bundle
from adserver.counting.lane import Argument
from adserver.counting.readers import WINDOW
from adserver.counting.sighting import AdSighting, Fields, Sighting, ViewSighting

logger = logging.getLogger(__name__)

READERS_SECONDS = int(timedelta(days=2).total_seconds())
VIEW_ARGUMENTS = 11
_WINDOW_SECONDS = int(WINDOW.total_seconds())
_AD = struct.Struct(">IIII")

Done = Callable[[bytes | None], None]
"""Is told once what came of sightings: the digit of the Outcome of each, or None where they are not known to be
durable and sending them again is safe."""


class Call(NamedTuple):
    keys: list[bytes]
    arguments: list[Argument]


class Batch:
    """Sightings as they come, each at once as the script takes it: so there is little to do when the batch leaves.

    Ads' events come first in the call and in its outcome, then views. `head` are the keys that every batch has. What is
    compiled adds to `places`, `sorts`, `ads` and `ad_waiters` as `add` does.
    """

    __slots__ = ("_view_waiters", "_views", "ad_waiters", "ads", "places", "size", "sorts")

    def __init__(self, head: Sequence[bytes]) -> None:
        self.size = 0
        self.places = {key: place for place, key in enumerate(head, 1)}
        self.sorts: dict[Fields, int] = {}
        self.ads = bytearray()
        self.ad_waiters: list[tuple[int, Done]] = []
        self._views: list[Argument] = []
        self._view_waiters: list[tuple[int, Done]] = []

    def add(self, sightings: Sequence[Sighting], done: Done) -> None:
        """Take sightings, all ads' or all views'."""
        count = len(sightings)
        self.size += count
        waiters = self.ad_waiters if isinstance(sightings[0], AdSighting) else self._view_waiters
        waiters.append((count, done))
        places, sorts, pack = self.places, self.sorts, _AD.pack
        for sighting in sightings:
            if isinstance(sighting, ViewSighting):
                self._add_view(sighting)
                continue
            _, block, bit, fields, compared = sighting
            place = places.get(block) or self._place(block)
            beside = 0 if compared is None else self._place(compared)
            self.ads += pack(place, bit, beside, sorts.setdefault(fields, len(sorts)))

    def call(self, number: int, generation: bytes, keep_seconds: int, bundle: Bundle = NOTHING) -> Call:
        """Return the call, with counters to add beside. `generation` is the id that new counters would get, different
        each time."""
        arguments: list[Argument] = [number, generation, keep_seconds, len(self.sorts)]
        arguments += chain.from_iterable(self.sorts)
        arguments += (bytes(self.ads), len(self._views) // VIEW_ARGUMENTS)
        arguments += self._views
        arguments += bundle
        return Call(list(self.places), arguments)

    def answer(self, outcome: bytes) -> None:
        """Tell those who wait what came of theirs."""
        position = 0
        for count, done in chain(self.ad_waiters, self._view_waiters):
            end = position + count
            _tell(done, outcome[position:end])
            position = end

    def refuse(self) -> None:
        """Tell those who wait that they are to come back."""
        for _, done in chain(self.ad_waiters, self._view_waiters):
            _tell(done, None)

    def _add_view(self, sighting: ViewSighting) -> None:
        shard, block, bit, reader, readers, first, again, repeated = sighting
        place = self._place
        self._views += (place(block), bit, place(keys.recent_view(shard, reader.mark)))
        self._views.append(0 if reader.former_mark is None else place(keys.recent_view(shard, reader.former_mark)))
        self._views += (_WINDOW_SECONDS, place(readers), reader.name, READERS_SECONDS, first, again, repeated)

    def _place(self, key: bytes) -> int:
        return self.places.setdefault(key, len(self.places) + 1)


def _tell(done: Done, digits: bytes | None) -> None:
    try:
        done(digits)
    except Exception:
        logger.exception("an answer failed")  # the others of the batch get theirs
