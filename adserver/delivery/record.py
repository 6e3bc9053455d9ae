"""Events on their way in: each is refused for a reason, or made durable and counted once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from redis.exceptions import RedisError

from adserver.counting.commit import Unavailable
from adserver.counting.events import EventKind, Rejection
from adserver.counting.journal import Entry, JournalFull
from adserver.counting.rejection import token_rejection, visitor_rejection
from adserver.counting.reported import Reported
from adserver.counting.sighting import AdSighting, Sighting, ViewSighting, ad_sighting, refused_field, view_sighting
from adserver.counting.token import AdToken, Token, ViewToken
from adserver.counting.velocity import public_network
from adserver.delivery.context import Context
from adserver.delivery.http import Scope, user_agent_of
from adserver.delivery.origin import client_address
from adserver.inventory.model import SiteId
from adserver.metrics import COUNTED, JOURNALED, LOST

OUTCOME = dict(zip(b"012", (COUNTED, Rejection.DUPLICATE.value, Rejection.REPEATED.value), strict=True))

Done = Callable[[bool], None]


class Sender(NamedTuple):
    """Who sent events. `network` is what velocity knows of the address, `refusal` why nothing of theirs counts."""

    address: str
    network: str | None
    user_agent: str
    refusal: Rejection | None


_Accepted = tuple[EventKind, Sighting]


def sender_of(context: Context, scope: Scope, headers: Mapping[bytes, bytes]) -> Sender:
    """Return who sent the request."""
    settings = context.settings
    address = client_address(scope, headers, settings.trusted_proxies)
    sender = _sender(address, user_agent_of(headers))
    refusal = visitor_rejection(headers, sender.user_agent, settings.bot_header)
    if refusal is None and settings.datacenter_ranges and address in settings.datacenter_ranges:
        refusal = Rejection.DATACENTER
    return sender if refusal is None else sender._replace(refusal=refusal)


# A page's reader sends several events, and a proxy's readers come from few networks.
@lru_cache(maxsize=8192)
def _sender(address: str, header: bytes) -> Sender:
    return Sender(address, public_network(address), header.decode("latin-1").strip(), None)


def record(context: Context, sender: Sender, reported: Sequence[Reported], now: float, done: Done) -> None:
    """Count events, and tell `done` once whether those that count are durable. Where not, sending all again is safe."""
    for event in reported:
        if isinstance(event.token, ViewToken):
            _record_with_views(context, sender, reported, now, done)
            return
    _send_all(context, _accepted(context, sender, reported, now), done)


def _record_with_views(context: Context, sender: Sender, reported: Sequence[Reported], now: float, done: Done) -> None:
    views = [event.token for event in reported if isinstance(event.token, ViewToken)]
    if context.snapshot is None:
        # The site's zone says which day it is, and the day which key tells readers apart: a guess counts one twice.
        done(False)
    elif not all(context.readers.is_prepared(_local(context, token, now)) for token in views):
        context.run(_record_when_prepared(context, sender, reported, views, now, done))
    else:
        _send_all(context, _accepted(context, sender, reported, now), done)


async def recorded(context: Context, sender: Sender, reported: Sequence[Reported], now: float) -> None:
    """Count as `record` does; return when the events are durable. Raises Unavailable."""
    await _until_durable(lambda done: record(context, sender, reported, now, done))


async def record_for_good(context: Context, sender: Sender, event: Reported, text: str, now: float) -> None:
    """Count an ad's event, of the token with this text, that nobody will send again: while Redis is away it goes to the
    journal. Raises Unavailable where that is full or fails too."""
    try:
        await recorded(context, sender, [event], now)
    except Unavailable:
        try:
            await context.journal.append(Entry(event.kind, text, int(now)))
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
            sighting = ad_sighting(kind, token, time)
            accepted.append((kind, sighting._replace(fields=sighting.fields._replace(again=b""))))
    await _until_durable(lambda done: _send_all(context, accepted, done))


def rejection_of(context: Context, event: Reported, sender: Sender, now: float) -> Rejection | None:
    """Return the first reason not to count; a token of the other sort of event is as good as forged."""
    token = event.token
    if token is None or isinstance(token, ViewToken) != (event.kind is EventKind.VIEW):
        return Rejection.FORGED
    rejection = sender.refusal or token_rejection(token, now, context.settings.token_ttl_seconds)
    if rejection is not None:
        return rejection
    if context.velocity.is_too_fast(event.kind, sender.network, sender.user_agent, now):
        return Rejection.VELOCITY
    return None


def _accepted(context: Context, sender: Sender, reported: Sequence[Reported], now: float) -> list[_Accepted]:
    """Refuse what does not count, and return what may."""
    accepted: list[_Accepted] = []
    for event in reported:
        kind, token, is_alone = event
        rejection = rejection_of(context, event, sender, now)
        if rejection is not None:
            refuse(context, kind, token, now, rejection)
        elif isinstance(token, AdToken):
            sighting = ad_sighting(kind, token, now)
            accepted.append((kind, _alone(sighting) if is_alone else sighting))
        elif isinstance(token, ViewToken):
            local = _local(context, token, now)
            reader = context.readers.reader(local, token.site_id, token.article, sender.address, sender.user_agent)
            accepted.append((kind, view_sighting(token, reader, local, now)))
    return accepted


def refuse(context: Context, kind: EventKind, token: Token | None, now: float, rejection: Rejection) -> None:
    """Count an event as refused."""
    context.commit.add([refused_field(kind, token, now, rejection)])
    context.metrics.count(context.metrics.events, kind, rejection)


def _alone(sighting: AdSighting) -> AdSighting:
    return sighting._replace(fields=sighting.fields._replace(unseen=b""), compared=None)


def _local(context: Context, token: ViewToken, now: float) -> datetime:
    zones = context.snapshot.zones if context.snapshot else {}
    return datetime.fromtimestamp(now, zones.get(SiteId(token.site_id), ZoneInfo("UTC")))


async def _record_when_prepared(
    context: Context, sender: Sender, reported: Sequence[Reported], views: Sequence[ViewToken], now: float, done: Done
) -> None:
    try:
        for token in views:
            await context.readers.prepare(_local(context, token, now))
    except (RedisError, OSError):
        done(False)
        return
    _send_all(context, _accepted(context, sender, reported, now), done)


def _send_all(context: Context, accepted: Sequence[_Accepted], done: Done) -> None:
    """Send by shard and sort; nearly always that is one group, as a page's tokens come from one worker."""
    if len(accepted) == 1:
        _send(context, accepted, done)
        return
    groups = _groups(accepted)
    if len(groups) > 1:
        done = _when_all(len(groups), done)
    for group in groups:
        _send(context, group, done)
    if not groups:
        done(True)


def _send(context: Context, group: Sequence[_Accepted], done: Done) -> None:
    kinds, sightings = zip(*group, strict=True)

    def finish(digits: bytes | None) -> None:
        if digits is not None:
            for kind, digit in zip(kinds, digits, strict=True):
                context.metrics.count(context.metrics.events, kind, OUTCOME[digit])
        done(digits is not None)

    context.commit.send(sightings, finish)


def _when_all(parts: int, done: Done) -> Done:
    """Tell `done` when so many parts are told of, whether all are durable."""
    answers: list[bool] = []

    def finish(is_durable: bool) -> None:
        answers.append(is_durable)
        if len(answers) == parts:
            done(all(answers))

    return finish


def _groups(accepted: Sequence[_Accepted]) -> list[Sequence[_Accepted]]:
    groups: dict[tuple[int, bool], list[_Accepted]] = {}
    for kind, sighting in accepted:
        groups.setdefault((sighting.shard, isinstance(sighting, ViewSighting)), []).append((kind, sighting))
    return list(groups.values())


async def _until_durable(begin: Callable[[Done], None]) -> None:
    """Return when what was begun is durable. Raises Unavailable."""
    answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    begin(lambda is_durable: None if answer.done() else answer.set_result(is_durable))
    if not await answer:
        raise Unavailable
