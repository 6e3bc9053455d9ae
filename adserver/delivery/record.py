"""Events on their way in: each is refused for a reason, or made durable and counted once."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from redis.exceptions import RedisError

from adserver.counting.commit import Unavailable
from adserver.counting.events import EventKind, Rejection
from adserver.counting.journal import Entry, JournalFull
from adserver.counting.rejection import Visitor, token_rejection, visitor_of, visitor_rejection
from adserver.counting.sighting import Outcome, Sighting, ViewSighting, ad_sighting, refused_counter, view_sighting
from adserver.counting.token import AdToken, Token, ViewToken
from adserver.delivery.context import Context
from adserver.delivery.http import Scope, headers_of
from adserver.delivery.origin import client_address
from adserver.inventory.model import SiteId
from adserver.metrics import COUNTED, JOURNALED, LOST

_OUTCOME = {
    Outcome.COUNTED: COUNTED,
    Outcome.DUPLICATE: Rejection.DUPLICATE.value,
    Outcome.REPEATED: Rejection.REPEATED.value,
}


class Reported(NamedTuple):
    """An event as it was sent; `token` is what its `text` says, None where it is not one of ours."""

    kind: EventKind
    text: str
    token: Token | None


async def record(context: Context, scope: Scope, reported: Sequence[Reported], now: float) -> None:
    """Count events and return when those that count are durable. Raises Unavailable; sending all again is safe."""
    visitor = visitor_of(headers_of(scope), context.settings.bot_header)
    address = client_address(scope, context.settings.trusted_proxies)
    groups: dict[tuple[int, bool], list[tuple[EventKind, Sighting]]] = defaultdict(list)
    for event in reported:
        if _is_refused(context, event, visitor, address, now):
            continue
        if isinstance(event.token, AdToken):
            sighting: Sighting = ad_sighting(event.kind, event.token, now)
        elif isinstance(event.token, ViewToken):
            sighting = await _view(context, event.token, now, address, visitor.user_agent)
        groups[sighting.shard, isinstance(sighting, ViewSighting)].append((event.kind, sighting))
    await asyncio.gather(*(_submit(context, group) for group in groups.values()))


async def record_for_good(context: Context, scope: Scope, event: Reported, now: float) -> None:
    """Count an ad's event that nobody will send again: while Redis is away it goes to the journal. Raises Unavailable
    where that is full or fails too."""
    try:
        await record(context, scope, [event], now)
    except Unavailable:
        try:
            await context.journal.append(Entry(event.kind, event.text, int(now)))
        except (JournalFull, OSError) as error:
            context.metrics.events.labels(event.kind.value, LOST).inc()
            raise Unavailable from error
        context.metrics.events.labels(event.kind.value, JOURNALED).inc()


async def record_journaled(context: Context, entries: Sequence[Entry]) -> None:
    """Count events of the journal, each in the hour in which it came. Raises Unavailable."""
    groups: dict[int, list[tuple[EventKind, Sighting]]] = defaultdict(list)
    for kind, text, time in entries:
        token = context.keys.read(text)
        if isinstance(token, AdToken):
            # Seen before means that it was counted before Redis went away: no replay, so nothing to refuse.
            sighting = ad_sighting(kind, token, time)._replace(again=None)
            groups[sighting.shard].append((kind, sighting))
    await asyncio.gather(*(_submit(context, group) for group in groups.values()))


def _is_refused(context: Context, event: Reported, visitor: Visitor, address: str, now: float) -> bool:
    rejection = rejection_of(context, event, visitor, address, now)
    if rejection is None:
        return False
    context.commit.add(refused_counter(event.kind, event.token, now, rejection))
    context.metrics.events.labels(event.kind.value, rejection.value).inc()
    return True


def rejection_of(context: Context, event: Reported, visitor: Visitor, address: str, now: float) -> Rejection | None:
    """Return the first reason not to count; a token of the other sort of event is as good as forged."""
    token = event.token
    if token is None or isinstance(token, ViewToken) != (event.kind is EventKind.VIEW):
        return Rejection.FORGED
    rejection = visitor_rejection(visitor) or token_rejection(token, now, context.settings.token_ttl_seconds)
    if rejection is not None:
        return rejection
    if address in context.settings.datacenter_ranges:
        return Rejection.DATACENTER
    if context.velocity.is_too_fast(event.kind, address, visitor.user_agent, now):
        return Rejection.VELOCITY
    return None


async def _submit(context: Context, group: Sequence[tuple[EventKind, Sighting]]) -> None:
    outcomes = await context.commit.submit([sighting for _, sighting in group])
    for (kind, _), outcome in zip(group, outcomes, strict=True):
        context.metrics.events.labels(kind.value, _OUTCOME[outcome]).inc()


async def _view(context: Context, token: ViewToken, now: float, address: str, user_agent: str) -> ViewSighting:
    zones = context.snapshot.zones if context.snapshot else {}
    local = datetime.fromtimestamp(now, zones.get(SiteId(token.site_id), ZoneInfo("UTC")))
    try:
        reader = await context.readers.reader(local, token.site_id, token.article, address, user_agent)
    except (RedisError, OSError) as error:
        raise Unavailable from error
    return view_sighting(token, reader, local, now)
