"""From a page's ask to decisions, each with its token, counted as requests."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from adserver.counting.counter import SECONDS_AN_HOUR, field_of, pack_subject
from adserver.counting.events import Metric
from adserver.decision.choose import audience_of, choose
from adserver.decision.request import Decision
from adserver.delivery.ask import Ask
from adserver.delivery.context import Context, Snapshot
from adserver.delivery.device import Device
from adserver.inventory.folding import province
from adserver.inventory.model import CreativeId, Site, SlotId

OTHER_CITY = "other"
NO_CREATIVE = CreativeId(0)


class Decided(NamedTuple):
    """A slot's decision; the token is None where the slot is empty."""

    decision: Decision
    token: str | None


class Counted(NamedTuple):
    """What a request for a slot is counted for, packed, and the counters that it adds to."""

    subject: bytes
    fields: Sequence[bytes]


def decide_page(context: Context, snapshot: Snapshot, site: Site, ask: Ask, now: float) -> list[Decided]:
    """Decide the page's slots and count the requests; needs neither Redis nor Postgres."""
    if context.traffic.is_due():
        context.traffic.note(site.id, ask.slots, ask.attributes, ask.max_width)
    audience = audience_of(snapshot.index, site.id, ask.attributes)
    moment = datetime.fromtimestamp(now, UTC)
    decisions = choose(audience, ask.slots, moment, random.random, context.paces, ask.max_width, ask.capped)
    seconds, city, device = int(now), reported_city(ask), ask.device
    hour = seconds // SECONDS_AN_HOUR
    sign, issue, add = context.keys.sign_ad, context.issuer.ad, context.commit.add
    decided: list[Decided] = []
    for decision in decisions:
        slot, creative = decision.slot, decision.creative
        if slot is None:
            decided.append(Decided(decision, None))
            continue
        subject, fields = counted(hour, slot.id, NO_CREATIVE if creative is None else creative.id, device, city)
        for field in fields:
            add(field)
        decided.append(Decided(decision, None if creative is None else sign(issue(seconds, subject))))
    return decided


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
