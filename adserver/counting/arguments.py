"""A batch of events as the keys and arguments that `commit.lua` takes."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from adserver.counting import keys
from adserver.counting.counter import AnyCounter, encode
from adserver.counting.readers import WINDOW
from adserver.counting.scripts import Argument
from adserver.counting.sighting import AdSighting, Sighting, ViewSighting

READERS_SECONDS = int(timedelta(days=2).total_seconds())


class Call(NamedTuple):
    keys: list[bytes]
    arguments: list[Argument]


def call_of(
    head: list[bytes], number: int, keep_seconds: int, sightings: Iterable[Sighting], amounts: Mapping[AnyCounter, int]
) -> Call:
    """Return the call for a batch of one shard: ads' events first, then views, each in the given order.

    `head` are the keys that every batch has; the generation's id, different each time, is left to the sender.
    """
    names = _Names(head)
    ads: list[Argument] = []
    views: list[Argument] = []
    ad_count = view_count = 0
    for sighting in sightings:
        if isinstance(sighting, AdSighting):
            ads += _ad(names, sighting)
            ad_count += 1
        else:
            views += _view(names, sighting)
            view_count += 1
    rest = [part for counter, amount in amounts.items() for part in (encode(counter), amount)]
    return Call(list(names.keys), [number, "", keep_seconds, ad_count, *ads, view_count, *views, *rest])


class _Names:
    """Numbers keys by first use and encodes each counter once: events of a batch share most of them."""

    def __init__(self, first: Iterable[bytes]) -> None:
        self.keys = {key: place for place, key in enumerate(first, 1)}
        self._fields: dict[AnyCounter, bytes] = {}

    def key(self, key: bytes) -> int:
        return self.keys.setdefault(key, len(self.keys) + 1)

    def field(self, counter: AnyCounter | None) -> bytes:
        if counter is None:
            return b""
        field = self._fields.get(counter)
        if field is None:
            field = self._fields[counter] = encode(counter)
        return field


def _ad(names: _Names, sighting: AdSighting) -> tuple[Argument, ...]:
    impression = 0 if sighting.impression is None else names.key(keys.seen(sighting.shard, sighting.impression))
    return (
        names.key(keys.seen(sighting.shard, sighting.block)),
        sighting.bit,
        impression,
        names.field(sighting.first),
        names.field(sighting.again),
        names.field(sighting.unseen),
    )


def _view(names: _Names, sighting: ViewSighting) -> tuple[Argument, ...]:
    shard, reader, first = sighting.shard, sighting.reader, sighting.first
    former = 0 if reader.former_mark is None else names.key(keys.recent_view(shard, reader.former_mark))
    return (
        names.key(keys.seen(shard, sighting.block)),
        sighting.bit,
        names.key(keys.recent_view(shard, reader.mark)),
        former,
        int(WINDOW.total_seconds()),
        names.key(keys.readers(shard, first.site_id, first.article, sighting.day)),
        reader.name,
        READERS_SECONDS,
        names.field(first),
        names.field(sighting.again),
        names.field(sighting.repeated),
    )
