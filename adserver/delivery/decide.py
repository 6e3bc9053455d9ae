"""From a page's ask to decisions, and what each is counted for."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from adserver.counting.counter import audience_of, refreshed_audience
from adserver.decision.choose import choose
from adserver.decision.request import Attributes, Decision
from adserver.delivery.ask import Ask
from adserver.delivery.context import Context, Snapshot
from adserver.delivery.device import Device
from adserver.inventory.folding import province
from adserver.inventory.model import Site

OTHER_CITY = "other"
REFRESH = "refresh"
"""The key-value by which the tag tells that a slot changes its ad by itself; campaigns may be targeted by it."""


class Stamp(NamedTuple):
    """What a page's tokens and counters have in common: Unix seconds, and what their subjects end with. That of a token
    tells automatic refreshes apart."""

    issued: int
    audience: bytes
    token_audience: bytes


def decide_page(context: Context, snapshot: Snapshot, site: Site, ask: Ask, now: float) -> list[Decision]:
    """Decide the page's slots; needs neither Redis nor Postgres."""
    if context.traffic.is_due():
        for names, attributes in _kinds_of(ask):
            context.traffic.note(site.id, names, attributes, ask.max_width)
    return choose(
        snapshot.index,
        site.id,
        ask.slots.names,
        ask.attributes,
        datetime.fromtimestamp(now, UTC),
        random.random,
        context.paces,
        ask.max_width,
        ask.capped,
        ask.own,
        ask.shown,
    )


def _kinds_of(ask: Ask) -> list[tuple[Sequence[str], Attributes]]:
    """Return the slots that are asked for with the same attributes, each once: what forecasts know as a page. One with
    attributes of its own, or one more of a name, is a page for itself."""
    page: dict[str, None] = {}
    apart: list[tuple[Sequence[str], Attributes]] = []
    for place, name in enumerate(ask.slots.names):
        if place in ask.own or name in page:
            apart.append(((name,), ask.own.get(place, ask.attributes)))
        else:
            page[name] = None
    return [(tuple(page), ask.attributes), *apart]


def stamp_of(ask: Ask, now: float, device: Device | None = None) -> Stamp:
    """Return the page's stamp; `device` is the reader's where the ask does not know it."""
    return _stamp(ask.attributes, now, device or ask.device)


def own_stamps(ask: Ask, now: float) -> Mapping[int, Stamp]:
    """Return the stamps of the slots at these places, which have attributes of their own."""
    return {place: _stamp(attributes, now, ask.device) for place, attributes in ask.own.items()}


def _stamp(attributes: Attributes, now: float, device: Device) -> Stamp:
    cities = attributes.get("city")
    audience, refreshed = audiences_of(device, cities[0] if cities else None)
    return Stamp(int(now), audience, refreshed if REFRESH in attributes else audience)


# A day's devices and provinces come again and again.
@lru_cache(maxsize=4096)
def audiences_of(device: Device, city: str | None) -> tuple[bytes, bytes]:
    """Return what subjects end with, and what they end with in a token of an automatic refresh."""
    # Anyone may send any text, so all but provinces are one.
    named = "" if city is None else province(city) or OTHER_CITY
    return audience_of(device, named), refreshed_audience(device, named)
