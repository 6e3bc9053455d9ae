"""From a page's ask to decisions, each with its token, counted as requests."""

import random
from datetime import UTC, datetime
from typing import NamedTuple

from adserver.counting.counter import SECONDS_AN_HOUR, as_refreshed, field_of, pack_subject
from adserver.counting.events import Metric
from adserver.decision.choose import decide
from adserver.decision.pool import Draw
from adserver.decision.request import AdRequest, Decision
from adserver.delivery.ask import Ask
from adserver.delivery.context import Context, Snapshot
from adserver.delivery.device import Device
from adserver.inventory.folding import province
from adserver.inventory.model import Site

OTHER_CITY = "other"
REFRESH = "refresh"
"""The key-value by which the tag tells that a slot changes its ad by itself; campaigns may be targeted by it."""


class Decided(NamedTuple):
    """A slot's decision; the token is None where the slot is empty."""

    decision: Decision
    token: str | None


def decide_page(
    context: Context, snapshot: Snapshot, site: Site, ask: Ask, now: float, draw: Draw = random.random
) -> list[Decided]:
    """Decide the page's slots and count the requests; needs neither Redis nor Postgres."""
    request = AdRequest(site, ask.slots, ask.attributes, datetime.fromtimestamp(now, UTC), ask.max_width, ask.capped)
    city = reported_city(ask)
    is_refresh = REFRESH in ask.attributes
    if context.traffic.is_due():
        context.traffic.note(site.id, ask.slots, ask.attributes, ask.max_width)
    return [
        _sign_and_count(context, decision, city, ask.device, int(now), is_refresh=is_refresh)
        for decision in decide(snapshot.index, request, draw)
    ]


def reported_city(ask: Ask) -> str:
    """Return the province that figures name: anyone may send any text, so all others are one."""
    cities = ask.attributes.get("city")
    if not cities:
        return ""
    return province(cities[0]) or OTHER_CITY


def _sign_and_count(
    context: Context, decision: Decision, city: str, device: Device, now: int, *, is_refresh: bool
) -> Decided:
    slot, creative = decision.slot, decision.creative
    if slot is None:
        return Decided(decision, None)
    subject = pack_subject(slot.id, 0 if creative is None else creative.id, device, city)
    hour = now // SECONDS_AN_HOUR
    context.commit.add(field_of(Metric.REQUEST, None, hour, subject))
    if creative is None:
        context.commit.add(field_of(Metric.UNFILLED, None, hour, subject))
        return Decided(decision, None)
    signed = as_refreshed(subject) if is_refresh else subject
    return Decided(decision, context.keys.sign_ad(context.issuer.ad(now, signed)))
