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
_NO_LETTER = "n"
_NOWHERE = pack_subject(0, 0, Device.OTHER, "")


class Outcome(IntEnum):
    """What came of an event; `commit.lua` returns these digits."""

    COUNTED = 0
    DUPLICATE = 1
    REPEATED = 2


class AdSighting(NamedTuple):
    """An ad's event, counted once a token: its bit, and the counters' fields for the first time and any later one.

    `impression` is the block of its impression's bit, and `unseen` is counted as well while that is not set: so
    always, where the block is one that nothing sets. An empty field counts nothing.
    """

    shard: int
    block: bytes
    bit: int
    first: bytes
    again: bytes
    impression: bytes | None = None
    unseen: bytes = b""


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
    issuer, sequence, _, signed = token
    subject = plain_subject(signed)
    shard = keys.shard_of_issuer(issuer)
    number, bit = divmod(sequence, BLOCK_BITS)
    first, again, unseen = _fields(kind, int(now) // SECONDS_AN_HOUR, subject)
    block = keys.seen(shard, issuer, number, _LETTER[kind])
    if kind is EventKind.IMPRESSION and subject is not signed:
        never_set = keys.seen(shard, issuer, number, _NO_LETTER)
        refreshed = field_of(Metric.REFRESHED, None, int(now) // SECONDS_AN_HOUR, subject)
        return AdSighting(shard, block, bit, first, again, never_set, refreshed)
    if kind is not EventKind.CLICK:
        return AdSighting(shard, block, bit, first, again)
    impression = keys.seen(shard, issuer, number, _LETTER[EventKind.IMPRESSION])
    return AdSighting(shard, block, bit, first, again, impression, unseen)


# An hour's events are of a few thousand slots, creatives, devices and provinces.
@lru_cache(maxsize=8192)
def _fields(kind: EventKind, hour: int, subject: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the fields for the first time, for any later one, and for a click without impression."""
    metric = _METRIC[kind]
    unseen = field_of(Metric.UNSEEN_CLICK, None, hour, subject) if kind is EventKind.CLICK else b""
    return field_of(metric, None, hour, subject), field_of(metric, Rejection.DUPLICATE, hour, subject), unseen


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
