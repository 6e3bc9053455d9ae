"""Events as Redis counts them: what marks each as seen, and what it adds to."""

from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from adserver.counting import keys
from adserver.counting.counter import SECONDS_AN_HOUR, ViewCounter, encode, field_of, pack_subject, plain_subject
from adserver.counting.events import EventKind, Metric, Rejection
from adserver.counting.keys import BLOCK_BITS
from adserver.counting.readers import Reader
from adserver.counting.token import AdToken, Token, ViewToken
from adserver.delivery.device import Device

_METRIC = {
    EventKind.IMPRESSION: Metric.IMPRESSION,
    EventKind.VIEWABLE: Metric.VIEWABLE,
    EventKind.CLICK: Metric.CLICK,
    EventKind.VIEW: Metric.IMPRESSION,
}
_LETTER = {EventKind.IMPRESSION: "i", EventKind.VIEWABLE: "v", EventKind.CLICK: "c", EventKind.VIEW: "a"}
_COMPARED = {EventKind.IMPRESSION: "n", EventKind.CLICK: _LETTER[EventKind.IMPRESSION]}
"""The letter of the bits with which an event is compared: no event's is "n"."""
_NOWHERE = pack_subject(0, 0, Device.OTHER, "")


class Outcome(IntEnum):
    """What came of an event; `commit.lua` returns these digits."""

    COUNTED = 0
    DUPLICATE = 1
    REPEATED = 2


class Fields(NamedTuple):
    """The counters' fields that an ad's event adds to, the first time and any later one; an empty one counts nothing.
    `unseen` is counted beside `first` where the bit that the event is compared with is not set."""

    first: bytes
    again: bytes = b""
    unseen: bytes = b""


class AdSighting(NamedTuple):
    """An ad's event, counted once a token: its bit, and what it adds to. `compared` is the block of the bit that
    `unseen` depends on: a click's impression, or one that nothing sets, so that `unseen` is always counted."""

    shard: int
    block: bytes
    bit: int
    fields: Fields
    compared: bytes | None = None


class ViewSighting(NamedTuple):
    """An article's view, counted once a token and once a reader in half an hour; `readers` is the day's estimate."""

    shard: int
    block: bytes
    bit: int
    reader: Reader
    readers: bytes
    first: bytes
    again: bytes
    repeated: bytes


Sighting = AdSighting | ViewSighting


def ad_sighting(kind: EventKind, token: AdToken, now: float) -> AdSighting:
    """Return an ad's event at Unix time `now`; a click is compared with its impression's bit."""
    issuer, sequence, _, subject = token
    shard, block, compared = blocks_of(kind, issuer, sequence // BLOCK_BITS)
    fields = fields_of(kind, now // SECONDS_AN_HOUR, subject)
    return AdSighting(shard, block, sequence % BLOCK_BITS, fields, compared if fields.unseen else None)


# The events of an hour are of a few blocks.
@lru_cache(maxsize=4096)
def blocks_of(kind: EventKind, issuer: int, number: int) -> tuple[int, bytes, bytes | None]:
    """Return a block's shard and key, and the key of the block that it may be compared with."""
    shard = keys.shard_of_issuer(issuer)
    letter = _COMPARED.get(kind)
    compared = None if letter is None else keys.seen(shard, issuer, number, letter)
    return shard, keys.seen(shard, issuer, number, _LETTER[kind]), compared


# An hour's events are of a few thousand slots, creatives, devices and provinces.
@lru_cache(maxsize=8192)
def fields_of(kind: EventKind, hour: float, signed: bytes) -> Fields:
    """Return the fields of an hour by a token's subject."""
    subject, metric, number = plain_subject(signed), _METRIC[kind], int(hour)
    unseen = b""
    if kind is EventKind.CLICK:
        unseen = field_of(Metric.UNSEEN_CLICK, None, number, subject)
    elif kind is EventKind.IMPRESSION and subject is not signed:
        unseen = field_of(Metric.REFRESHED, None, number, subject)
    return Fields(
        field_of(metric, None, number, subject), field_of(metric, Rejection.DUPLICATE, number, subject), unseen
    )


def view_sighting(token: ViewToken, reader: Reader, local: datetime, now: float) -> ViewSighting:
    """Return an article's view at Unix time `now`, which is `local` in the site's zone."""
    shard = keys.shard_of_article(token.site_id, token.article)
    number, bit = divmod(token.sequence, BLOCK_BITS)
    first = ViewCounter(int(now) // SECONDS_AN_HOUR, token.site_id, token.article)
    return ViewSighting(
        shard=shard,
        block=keys.seen(shard, token.issuer, number, _LETTER[EventKind.VIEW]),
        bit=bit,
        reader=reader,
        readers=keys.readers(shard, token.site_id, token.article, local.date()),
        first=encode(first),
        again=encode(first._replace(rejection=Rejection.DUPLICATE)),
        repeated=encode(first._replace(rejection=Rejection.REPEATED)),
    )


def refused_field(kind: EventKind, token: Token | None, now: float, rejection: Rejection) -> bytes:
    """Return the counter's field of a refused event; a forged one belongs to no slot."""
    hour = int(now) // SECONDS_AN_HOUR
    if isinstance(token, ViewToken):
        return encode(ViewCounter(hour, token.site_id, token.article, rejection))
    if token is None and kind is EventKind.VIEW:
        return encode(ViewCounter(hour, 0, "", rejection))
    return field_of(_METRIC[kind], rejection, hour, _NOWHERE if token is None else plain_subject(token.subject))
