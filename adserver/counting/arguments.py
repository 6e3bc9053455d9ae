"""A batch of events as the keys and arguments that `commit.lua` takes."""

import struct
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from adserver.counting import keys
from adserver.counting.lane import Argument
from adserver.counting.readers import WINDOW
from adserver.counting.sighting import AdSighting, Sighting, ViewSighting

READERS_SECONDS = int(timedelta(days=2).total_seconds())
_WINDOW_SECONDS = int(WINDOW.total_seconds())


class Call(NamedTuple):
    keys: list[bytes]
    arguments: list[Argument]


def call_of(
    head: list[bytes], number: int, keep_seconds: int, sightings: Iterable[Sighting], amounts: Mapping[bytes, int]
) -> Call:
    """Return the call for a batch of one shard: ads' events first, then views, each in the given order.

    `head` are the keys that every batch has; the generation's id, different each time, is left to the sender.
    `amounts` are by counter's field.
    """
    places = {key: place for place, key in enumerate(head, 1)}
    sorts: dict[tuple[bytes, bytes, bytes], int] = {}
    ads: list[bytes] = []
    views: list[Argument] = []
    for sighting in sightings:
        if isinstance(sighting, AdSighting):
            ads.append(_packed(places, sorts, sighting))
        else:
            _add_view(views, places, sighting)
    arguments: list[Argument] = [number, "", keep_seconds, len(sorts)]
    for fields in sorts:
        arguments += fields
    arguments += (b"".join(ads), len(views) // VIEW_ARGUMENTS, *views)
    for field, amount in amounts.items():
        arguments += (field, amount)
    return Call(list(places), arguments)


VIEW_ARGUMENTS = 11
# Ten bytes an ad's event in one text: six arguments of their own took a fifth of a beacon's time to send.
_AD = struct.Struct(">HIHH")


def _packed(places: dict[bytes, int], sorts: dict[tuple[bytes, bytes, bytes], int], sighting: AdSighting) -> bytes:
    _, block, bit, first, again, impression, unseen = sighting
    place = places.setdefault(block, len(places) + 1)
    witness = 0 if impression is None else places.setdefault(impression, len(places) + 1)
    return _AD.pack(place, bit, witness, sorts.setdefault((first, again, unseen), len(sorts)))


def _add_view(views: list[Argument], places: dict[bytes, int], sighting: ViewSighting) -> None:
    shard, block, bit, reader, readers, first, again, repeated = sighting

    def place(key: bytes) -> int:
        return places.setdefault(key, len(places) + 1)

    views += (place(block), bit, place(keys.recent_view(shard, reader.mark)))
    views.append(0 if reader.former_mark is None else place(keys.recent_view(shard, reader.former_mark)))
    views += (_WINDOW_SECONDS, place(readers), reader.name, READERS_SECONDS, first, again, repeated)
