"""Events on their way in: each is refused for a reason, or made durable and counted once."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from redis.exceptions import RedisError

from adserver.counting.commit import Unavailable
from adserver.counting.events import EventKind, Rejection
from adserver.counting.journal import Entry, JournalFull
from adserver.counting.rejection import token_rejection, visitor_rejection
from adserver.counting.sighting import Sighting, ViewSighting, ad_sighting, refused_field, view_sighting
from adserver.counting.token import AdToken, Token, ViewToken
from adserver.delivery.context import Context
from adserver.delivery.http import Scope
from adserver.delivery.origin import client_address
from adserver.inventory.model import SiteId
from adserver.metrics import COUNTED, JOURNALED, LOST

_OUTCOME = (COUNTED, Rejection.DUPLICATE.value, Rejection.REPEATED.value)  # in the order of Outcome


class Reported(NamedTuple):
    """An event as it was sent; `token` is what its `text` says, None where it is not one of ours. `is_alone` where no
    other event can bear this token, so that a click is not one without its impression."""

    kind: EventKind
    text: str
    token: Token | None
    is_alone: bool = False


class Sender(NamedTuple):
    """Who sent events. `refusal` is why nothing of theirs counts."""

    address: str
    user_agent: str
    refusal: Rejection | None


class _Accepted(NamedTuple):
    kind: EventKind
    sighting: Sighting


def sender_of(context: Context, scope: Scope, headers: Mapping[bytes, bytes]) -> Sender:
    """Return who sent the request."""
    settings = context.settings
    address = client_address(scope, headers, settings.trusted_proxies)
    user_agent = headers.get(b"user-agent", b"").decode("latin-1").strip()
    refusal = visitor_rejection(headers, user_agent, settings.bot_header)
    if refusal is None and address in settings.datacenter_ranges:
        refusal = Rejection.DATACENTER
    return Sender(address, user_agent, refusal)


async def record(context: Context, sender: Sender, reported: Sequence[Reported], now: float) -> None:
    """Count events and return when those that count are durable. Raises Unavailable; sending all again is safe."""
    accepted: list[_Accepted] = []
    for event in reported:
        token = event.token
        rejection = rejection_of(context, event, sender, now)
        if rejection is not None:
            context.commit.add(refused_field(event.kind, token, now, rejection))
            context.metrics.count(context.metrics.events, event.kind, rejection)
        elif isinstance(token, AdToken):
            sighting = ad_sighting(event.kind, token, now)
            accepted.append(
                _Accepted(event.kind, sighting._replace(impression=None, unseen=b"") if event.is_alone else sighting)
            )
        elif isinstance(token, ViewToken):
            accepted.append(_Accepted(event.kind, await _view(context, token, now, sender)))
    await _submit_all(context, accepted)


async def record_for_good(context: Context, sender: Sender, event: Reported, now: float) -> None:
    """Count an ad's event that nobody will send again: while Redis is away it goes to the journal. Raises Unavailable
    where that is full or fails too."""
    try:
        await record(context, sender, [event], now)
    except Unavailable:
        try:
            await context.journal.append(Entry(event.kind, event.text, int(now)))
        except (JournalFull, OSError) as error:
            context.metrics.count(context.metrics.events, event.kind.value, LOST)
            raise Unavailable from error
        context.metrics.count(context.metrics.events, event.kind.value, JOURNALED)


async def record_journaled(context: Context, entries: Sequence[Entry]) -> None:
    """Count events of the journal, each in the hour in which it came. Raises Unavailable."""
    accepted: list[_Accepted] = []
    for kind, text, time in entries:
        token = context.keys.read(text)
        if isinstance(token, AdToken):
            # Seen before means that it was counted before Redis went away: no replay, so nothing to refuse.
            accepted.append(_Accepted(kind, ad_sighting(kind, token, time)._replace(again=b"")))
    await _submit_all(context, accepted)


def rejection_of(context: Context, event: Reported, sender: Sender, now: float) -> Rejection | None:
    """Return the first reason not to count; a token of the other sort of event is as good as forged."""
    token = event.token
    if token is None or isinstance(token, ViewToken) != (event.kind is EventKind.VIEW):
        return Rejection.FORGED
    rejection = sender.refusal or token_rejection(token, now, context.settings.token_ttl_seconds)
    if rejection is not None:
        return rejection
    if context.velocity.is_too_fast(event.kind, sender.address, sender.user_agent, now):
        return Rejection.VELOCITY
    return None


async def _submit_all(context: Context, accepted: Sequence[_Accepted]) -> None:
    """Submit by shard and sort; nearly always that is one group, as a page's tokens come from one worker."""
    if len(accepted) == 1:
        await _submit(context, accepted)
        return
    groups: dict[tuple[int, bool], list[_Accepted]] = {}
    for one in accepted:
        groups.setdefault((one.sighting.shard, isinstance(one.sighting, ViewSighting)), []).append(one)
    if len(groups) == 1:
        await _submit(context, accepted)
    else:
        await asyncio.gather(*(_submit(context, group) for group in groups.values()))


async def _submit(context: Context, group: Sequence[_Accepted]) -> None:
    outcomes = await context.commit.submit([one.sighting for one in group])
    for one, outcome in zip(group, outcomes, strict=True):
        context.metrics.count(context.metrics.events, one.kind, _OUTCOME[outcome])


async def _view(context: Context, token: ViewToken, now: float, sender: Sender) -> ViewSighting:
    # The site's zone says which day it is, and the day which key tells readers apart: a guess would count one twice.
    if context.snapshot is None:
        raise Unavailable
    local = datetime.fromtimestamp(now, context.snapshot.zones.get(SiteId(token.site_id), ZoneInfo("UTC")))
    try:
        reader = await context.readers.reader(local, token.site_id, token.article, sender.address, sender.user_agent)
    except (RedisError, OSError) as error:
        raise Unavailable from error
    return view_sighting(token, reader, local, now)
