"""From a page's ask to decisions, each with its token, counted as requests."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from adserver.counting.counter import SECONDS_AN_HOUR, as_refreshed, field_of, pack_subject
from adserver.counting.events import Metric
from adserver.decision.choose import choose
from adserver.decision.request import Decision
from adserver.delivery.ask import Ask
from adserver.delivery.context import Context, Snapshot
from adserver.delivery.device import Device
from adserver.inventory.folding import province
from adserver.inventory.model import CreativeId, Site, SlotId

OTHER_CITY = "other"
NO_CREATIVE = CreativeId(0)
REFRESH = "refresh"
"""The key-value by which the tag tells that a slot changes its ad by itself; campaigns may be targeted by it."""


Decided = tuple[Decision, str | None]
"""A slot's decision and its token, None where the slot is empty."""


class Counted(NamedTuple):
    """What a request for a slot is counted for, packed, and the counters that it adds to."""

    subject: bytes
    fields: Sequence[bytes]


def decide_page(context: Context, snapshot: Snapshot, site: Site, ask: Ask, now: float) -> list[Decided]:
    """Decide the page's slots and count the requests; needs neither Redis nor Postgres."""
    if context.traffic.is_due():
        context.traffic.note(site.id, ask.slots, ask.attributes, ask.max_width)
    moment, draw = datetime.fromtimestamp(now, UTC), random.random
    decisions = choose(
        snapshot.index, site.id, ask.slots, ask.attributes, moment, draw, context.paces, ask.max_width, ask.capped
    )
    seconds, city, device = int(now), reported_city(ask), ask.device
    hour, is_refresh = seconds // SECONDS_AN_HOUR, REFRESH in ask.attributes
    fields: list[bytes] = []
    subjects: list[bytes] = []
    for decision in decisions:
        slot, creative = decision.slot, decision.creative
        if slot is None:
            continue
        subject, added = counted(hour, slot.id, NO_CREATIVE if creative is None else creative.id, device, city)
        fields += added
        if creative is not None:
            subjects.append(as_refreshed(subject) if is_refresh else subject)
    context.commit.add(*fields)
    tokens = iter(context.keys.sign_ads(context.issuer, seconds, subjects))
    return [(decision, None if decision.creative is None else next(tokens)) for decision in decisions]


# An hour's slots, creatives, devices and provinces come again and again.
@lru_cache(maxsize=16384)
def counted(hour: int, slot_id: SlotId, creative_id: CreativeId, device: Device, city: str) -> Counted:
    """Return what a request is counted for; without a creative as unfilled too."""
    subject = pack_subject(slot_id, creative_id, device, city)
    metrics = (Metric.REQUEST,) if creative_id else (Metric.REQUEST, Metric.UNFILLED)
    return Counted(subject, [field_of(metric, None, hour, subject) for metric in metrics])


def reported_city(ask: Ask) -> str:
    """Return the province that figures name: anyone may send any text, so all others are one."""
    cities = ask.attributes.get("city")
    return province(cities[0]) or OTHER_CITY if cities else ""
