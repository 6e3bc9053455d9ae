"""Events to counters: each token with its event is refused for a reason, or sighted."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from redis.exceptions import RedisError

from adserver.counting.commit import Unavailable
from adserver.counting.counter import SECONDS_AN_HOUR, AnyCounter, Counter, ViewCounter
from adserver.counting.events import EventKind, Metric, Rejection
from adserver.counting.keys import BLOCK_BITS, Block, shard_of_article, shard_of_issuer
from adserver.counting.rejection import token_rejection, visitor_of, visitor_rejection
from adserver.counting.sighting import AdSighting, Outcome, Sighting, ViewSighting
from adserver.counting.token import AdToken, Token, ViewToken
from adserver.delivery.context import Context
from adserver.delivery.http import Scope, headers_of
from adserver.delivery.origin import client_address
from adserver.inventory.model import SiteId

_METRIC = {
    EventKind.IMPRESSION: Metric.IMPRESSION,
    EventKind.VIEWABLE: Metric.VIEWABLE,
    EventKind.CLICK: Metric.CLICK,
    EventKind.VIEW: Metric.IMPRESSION,
}
_LETTER = {EventKind.IMPRESSION: "i", EventKind.VIEWABLE: "v", EventKind.CLICK: "c", EventKind.VIEW: "a"}
_OUTCOME = {
    Outcome.COUNTED: "counted",
    Outcome.DUPLICATE: Rejection.DUPLICATE.value,
    Outcome.REPEATED: Rejection.REPEATED.value,
}


class Reported(NamedTuple):
    """An event as it was sent; `token` is None where it is not one of ours."""

    kind: EventKind
    token: Token | None


async def record(context: Context, scope: Scope, reported: Sequence[Reported], now: float) -> None:
    """Count events and return when those that count are durable. Raises Unavailable; sending all again is safe."""
    visitor = visitor_of(headers_of(scope), context.settings.bot_header)
    refusal = visitor_rejection(visitor)
    groups: dict[tuple[int, bool], list[tuple[EventKind, Sighting]]] = defaultdict(list)
    for kind, token in reported:
        rejection = rejection_of(kind, token, refusal, now, context.settings.token_ttl_seconds)
        if rejection is not None:
            context.commit.add(counter_of(kind, token, now, rejection))
            context.metrics.events.labels(kind.value, rejection.value).inc()
        elif isinstance(token, AdToken):
            sighting = ad_sighting(kind, token, now)
            groups[sighting.shard, False].append((kind, sighting))
        elif isinstance(token, ViewToken):
            address = client_address(scope, context.settings.trusted_proxies)
            view = await _view_sighting(context, token, now, address, visitor.user_agent)
            groups[view.shard, True].append((kind, view))
    await asyncio.gather(*(_submit(context, group) for group in groups.values()))


async def _submit(context: Context, group: Sequence[tuple[EventKind, Sighting]]) -> None:
    outcomes = await context.commit.submit([sighting for _, sighting in group])
    for (kind, _), outcome in zip(group, outcomes, strict=True):
        context.metrics.events.labels(kind.value, _OUTCOME[outcome]).inc()


def rejection_of(
    kind: EventKind, token: Token | None, visitor: Rejection | None, now: float, ttl_seconds: int
) -> Rejection | None:
    """Return the first reason not to count; a token of the other sort of event is as good as forged."""
    if token is None or isinstance(token, ViewToken) != (kind is EventKind.VIEW):
        return Rejection.FORGED
    return visitor or token_rejection(token, now, ttl_seconds)


def ad_sighting(kind: EventKind, token: AdToken, now: float) -> AdSighting:
    """Return the bit of an ad's event and what it adds to; a click is compared with its impression's bit."""
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


async def _view_sighting(context: Context, token: ViewToken, now: float, address: str, user_agent: str) -> ViewSighting:
    local = datetime.fromtimestamp(now, _zone_of(context, token.site_id))
    try:
        reader = await context.readers.reader(local, token.site_id, token.article, address, user_agent)
    except (RedisError, OSError) as error:
        raise Unavailable from error
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


def _zone_of(context: Context, site_id: int) -> ZoneInfo:
    zones = context.snapshot.zones if context.snapshot else {}
    return zones.get(SiteId(site_id), ZoneInfo("UTC"))


def counter_of(kind: EventKind, token: Token | None, now: float, rejection: Rejection) -> AnyCounter:
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
