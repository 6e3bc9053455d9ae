"""A batch of events as the keys and arguments that `commit.lua` takes."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from adserver.counting import keys
from adserver.counting.readers import WINDOW
from adserver.counting.scripts import Argument
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
    ads: list[Argument] = []
    views: list[Argument] = []
    for sighting in sightings:
        if isinstance(sighting, AdSighting):
            _add_ad(ads, places, sighting)
        else:
            _add_view(views, places, sighting)
    arguments: list[Argument] = [number, "", keep_seconds, len(ads) // AD_ARGUMENTS, *ads]
    arguments += (len(views) // VIEW_ARGUMENTS, *views)
    for field, amount in amounts.items():
        arguments += (field, amount)
    return Call(list(places), arguments)


AD_ARGUMENTS = 6
VIEW_ARGUMENTS = 11


def _add_ad(ads: list[Argument], places: dict[bytes, int], sighting: AdSighting) -> None:
    _, block, bit, first, again, impression, unseen = sighting
    place = places.setdefault(block, len(places) + 1)
    witness = 0 if impression is None else places.setdefault(impression, len(places) + 1)
    ads += (place, bit, witness, first, again, unseen)


def _add_view(views: list[Argument], places: dict[bytes, int], sighting: ViewSighting) -> None:
    shard, block, bit, reader, readers, first, again, repeated = sighting

    def place(key: bytes) -> int:
        return places.setdefault(key, len(places) + 1)

    views += (place(block), bit, place(keys.recent_view(shard, reader.mark)))
    views.append(0 if reader.former_mark is None else place(keys.recent_view(shard, reader.former_mark)))
    views += (_WINDOW_SECONDS, place(readers), reader.name, READERS_SECONDS, first, again, repeated)
