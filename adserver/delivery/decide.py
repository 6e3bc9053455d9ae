"""From a page's ask to decisions, and what each is counted for."""

import random
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from adserver.counting.counter import audience_of, refreshed_audience
from adserver.decision.choose import choose
from adserver.decision.request import Decision
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
        context.traffic.note(site.id, ask.slots, ask.attributes, ask.max_width)
    moment, draw = datetime.fromtimestamp(now, UTC), random.random
    return choose(
        snapshot.index, site.id, ask.slots, ask.attributes, moment, draw, context.paces, ask.max_width, ask.capped
    )


def stamp_of(ask: Ask, now: float, device: Device | None = None) -> Stamp:
    """Return the page's stamp; `device` is the reader's where the ask does not know it."""
    cities = ask.attributes.get("city")
    audience, refreshed = audiences_of(device or ask.device, cities[0] if cities else None)
    return Stamp(int(now), audience, refreshed if REFRESH in ask.attributes else audience)


# A day's devices and provinces come again and again.
@lru_cache(maxsize=4096)
def audiences_of(device: Device, city: str | None) -> tuple[bytes, bytes]:
    """Return what subjects end with, and what they end with in a token of an automatic refresh."""
    # Anyone may send any text, so all but provinces are one.
    named = "" if city is None else province(city) or OTHER_CITY
    return audience_of(device, named), refreshed_audience(device, named)
