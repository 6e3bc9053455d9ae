"""Events as Redis counts them: what marks each as seen, and what it adds to."""

from datetime import date, datetime
from enum import IntEnum
from typing import NamedTuple

from adserver.counting.counter import SECONDS_AN_HOUR, AnyCounter, Counter, ViewCounter
from adserver.counting.events import EventKind, Metric, Rejection
from adserver.counting.keys import BLOCK_BITS, Block, shard_of_article, shard_of_issuer
from adserver.counting.readers import Reader
from adserver.counting.token import AdToken, Token, ViewToken

_METRIC = {
    EventKind.IMPRESSION: Metric.IMPRESSION,
    EventKind.VIEWABLE: Metric.VIEWABLE,
    EventKind.CLICK: Metric.CLICK,
    EventKind.VIEW: Metric.IMPRESSION,
}
_LETTER = {EventKind.IMPRESSION: "i", EventKind.VIEWABLE: "v", EventKind.CLICK: "c", EventKind.VIEW: "a"}


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


def ad_sighting(kind: EventKind, token: AdToken, now: float) -> AdSighting:
    """Return an ad's event at Unix time `now`; a click is compared with its impression's bit."""
    number, bit = divmod(token.sequence, BLOCK_BITS)
    first = _ad_counter(kind, token, now, None)
    is_click = kind is EventKind.CLICK
    return AdSighting(
        shard=shard_of_issuer(token.issuer),
        block=Block(token.issuer, number, _LETTER[kind]),
        bit=bit,
        first=first,
        again=first._replace(rejection=Rejection.DUPLICATE),
        impression=Block(token.issuer, number, _LETTER[EventKind.IMPRESSION]) if is_click else None,
        unseen=first._replace(metric=Metric.UNSEEN_CLICK) if is_click else None,
    )


def view_sighting(token: ViewToken, reader: Reader, local: datetime, now: float) -> ViewSighting:
    """Return an article's view at Unix time `now`, which is `local` in the site's zone."""
    number, bit = divmod(token.sequence, BLOCK_BITS)
    first = ViewCounter(int(now) // SECONDS_AN_HOUR, token.site_id, token.article)
    return ViewSighting(
        shard=shard_of_article(token.site_id, token.article),
        block=Block(token.issuer, number, _LETTER[EventKind.VIEW]),
        bit=bit,
        reader=reader,
        day=local.date(),
        first=first,
        again=first._replace(rejection=Rejection.DUPLICATE),
        repeated=first._replace(rejection=Rejection.REPEATED),
    )


def refused_counter(kind: EventKind, token: Token | None, now: float, rejection: Rejection) -> AnyCounter:
    """Return the counter of a refused event; a forged one belongs to no slot."""
    hour = int(now) // SECONDS_AN_HOUR
    if isinstance(token, AdToken):
        return _ad_counter(kind, token, now, rejection)
    if isinstance(token, ViewToken):
        return ViewCounter(hour, token.site_id, token.article, rejection)
    if kind is EventKind.VIEW:
        return ViewCounter(hour, 0, "", rejection)
    return Counter(hour, 0, 0, _METRIC[kind], rejection)


def _ad_counter(kind: EventKind, token: AdToken, now: float, rejection: Rejection | None) -> Counter:
    hour = int(now) // SECONDS_AN_HOUR
    return Counter(hour, token.slot_id, token.creative_id, _METRIC[kind], rejection, token.city, token.device)
