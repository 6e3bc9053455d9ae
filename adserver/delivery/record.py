"""Events to counters: each token with its event is refused for a reason, or sighted."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from adserver.counting.commit import Sighting
from adserver.counting.counter import SECONDS_AN_HOUR, AnyCounter, Counter, ViewCounter
from adserver.counting.events import EventKind, Metric, Rejection
from adserver.counting.keys import BLOCK_BITS, Block, shard_of
from adserver.counting.rejection import token_rejection, visitor_of, visitor_rejection
from adserver.counting.token import AdToken, Token, ViewToken
from adserver.delivery.context import Context
from adserver.delivery.http import Scope, headers_of

_METRIC = {
    EventKind.IMPRESSION: Metric.IMPRESSION,
    EventKind.VIEWABLE: Metric.VIEWABLE,
    EventKind.CLICK: Metric.CLICK,
    EventKind.VIEW: Metric.IMPRESSION,
}
_LETTER = {EventKind.IMPRESSION: "i", EventKind.VIEWABLE: "v", EventKind.CLICK: "c", EventKind.VIEW: "a"}
COUNTED = "counted"


class Reported(NamedTuple):
    """An event as it was sent; `token` is None where it is not one of ours."""

    kind: EventKind
    token: Token | None


async def record(context: Context, scope: Scope, reported: Sequence[Reported], now: float) -> None:
    """Count events and return when the counted ones are durable. Raises Unavailable; then none may have been lost."""
    visitor = visitor_rejection(visitor_of(headers_of(scope), context.settings.bot_header))
    by_shard: dict[int, list[tuple[EventKind, Sighting]]] = defaultdict(list)
    for kind, token in reported:
        rejection = _rejection(kind, token, visitor, now, context.settings.token_ttl_seconds)
        if token is None or rejection is not None:
            rejection = rejection or Rejection.FORGED
            context.commit.add(counter_of(kind, token, now, rejection))
            context.metrics.events.labels(kind.value, rejection.value).inc()
        else:
            by_shard[shard_of(token.issuer)].append((kind, sighting_of(kind, token, now)))
    for sighted in by_shard.values():
        outcome = await context.commit.submit([sighting for _, sighting in sighted])
        for (kind, _), is_first in zip(sighted, outcome.is_first, strict=True):
            context.metrics.events.labels(kind.value, COUNTED if is_first else Rejection.DUPLICATE.value).inc()


def sighting_of(kind: EventKind, token: Token, now: float) -> Sighting:
    """Return the bit of the event and what it counts when seen first and when seen again."""
    number, bit = divmod(token.sequence, BLOCK_BITS)
    return Sighting(
        Block(token.issuer, number, _LETTER[kind]),
        bit,
        counter_of(kind, token, now, None),
        counter_of(kind, token, now, Rejection.DUPLICATE),
    )


def counter_of(kind: EventKind, token: Token | None, now: float, rejection: Rejection | None) -> AnyCounter:
    """Return the counter that the event adds to; a forged one belongs to no slot."""
    hour = int(now) // SECONDS_AN_HOUR
    if isinstance(token, AdToken):
        return Counter(hour, token.slot_id, token.creative_id, _METRIC[kind], rejection, token.city, token.device)
    if isinstance(token, ViewToken):
        return ViewCounter(hour, token.site_id, token.article, rejection)
    return (
        ViewCounter(hour, 0, "", rejection) if kind is EventKind.VIEW else Counter(hour, 0, 0, _METRIC[kind], rejection)
    )


def _rejection(
    kind: EventKind, token: Token | None, visitor: Rejection | None, now: float, ttl_seconds: int
) -> Rejection | None:
    """Return the first reason not to count; a token of the other sort of event is as good as forged."""
    if token is None or isinstance(token, ViewToken) != (kind is EventKind.VIEW):
        return Rejection.FORGED
    return visitor or token_rejection(token, now, ttl_seconds)
