"""The stored inventory as an inventory file; applying it changes nothing."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from adserver.connections import Connection
from adserver.inventory.columns import amount_text, caps_data, placement_data
from adserver.inventory.model import GoalKind, Pacing, Price, Rotation, Status
from adserver.inventory.moments import show_end, show_start
from adserver.inventory.records import (
    AdvertiserRecord,
    CampaignRecord,
    CreativeRecord,
    Kind,
    Record,
    Ref,
    SiteRecord,
    SlotRecord,
    Stored,
)
from adserver.inventory.stored import stored_records
from adserver.inventory.targeting import targeting_data
from adserver.inventory.yaml_text import Block, Rows, to_yaml

_Fields = dict[str, Any]


async def export_yaml(connection: Connection) -> str:
    """All that is not archived, as text in the format of `adserver apply`, the same for the same inventory."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        stored = await stored_records(connection)
    return await asyncio.to_thread(inventory_yaml, stored)  # 2,000 campaigns take seconds


def inventory_yaml(stored: Mapping[Ref, Stored]) -> str:
    """The records that are not archived, nor what they belong to, as a file's text."""
    live = {ref: record for ref, (record, archived) in stored.items() if not archived}
    children: defaultdict[Ref, list[tuple[Ref, Record]]] = defaultdict(list)
    for ref, record in live.items():
        children[_parent(ref, record)].append((ref, record))
    zones = {ref.key: ZoneInfo(site.timezone) for ref, site in live.items() if isinstance(site, SiteRecord)}
    sites, advertisers = [], []
    for ref, record in live.items():
        if isinstance(record, SiteRecord):
            sites.append(_site(ref, record, children[ref]))
        elif isinstance(record, AdvertiserRecord):
            campaigns = [
                _campaign(inner, campaign, children[inner], _zone(campaign, zones))
                for inner, campaign in children[ref]
                if isinstance(campaign, CampaignRecord)
            ]
            advertisers.append(_given(key=ref.key, name=record.name, campaigns=campaigns))
    return to_yaml(Block(sites=sites, advertisers=advertisers))


def _parent(ref: Ref, record: Record) -> Ref:
    if isinstance(record, CampaignRecord):
        return Ref(Kind.ADVERTISER, record.advertiser)
    return Ref(Kind.SITE if ref.kind is Kind.SLOT else Kind.CAMPAIGN, ref.parent)


def _site(ref: Ref, site: SiteRecord, slots: list[tuple[Ref, Record]]) -> Block:
    return _given(
        key=ref.key,
        name=site.name,
        domains=list(site.domains),
        timezone=site.timezone,
        language=site.language,
        ads_txt=site.ads_txt,
        slots=Rows(_slot(inner, slot) for inner, slot in slots if isinstance(slot, SlotRecord)),
    )


def _slot(ref: Ref, slot: SlotRecord) -> _Fields:
    label = {"label": slot.label} if slot.label else {}
    fields = {"name": ref.key, **label, "sizes": list(map(str, slot.sizes))}
    return fields | ({"placement": placement_data(slot.placement)} if slot.placement else {})


def _campaign(ref: Ref, campaign: CampaignRecord, creatives: list[tuple[Ref, Record]], zone: ZoneInfo | None) -> Block:
    goal = campaign.goal
    return _given(
        key=ref.key,
        name=campaign.name,
        status=_unless_default(campaign.status, Status.ACTIVE),
        starts=campaign.starts and show_start(campaign.starts, zone),
        ends=campaign.ends and show_end(campaign.ends, zone),
        tier=campaign.tier.value,
        goal=goal and {goal.kind.value: float(goal.amount) if goal.kind is GoalKind.SHARE else int(goal.amount)},
        price=campaign.price and _price(campaign.price),
        budget=campaign.budget_micros and amount_text(campaign.budget_micros),
        pacing=_unless_default(campaign.pacing, Pacing.EVEN),
        rotation=_unless_default(campaign.rotation, Rotation.WEIGHTED),
        roadblock=campaign.roadblock,
        caps=caps_data(campaign.caps),
        exclusion=list(campaign.exclusion),
        slots=list(map(str, campaign.slots)),
        targeting=Block(targeting_data(campaign.targeting)),
        creatives=[_creative(inner, one) for inner, one in creatives if isinstance(one, CreativeRecord)],
    )


def _creative(ref: Ref, creative: CreativeRecord) -> Block:
    return _given(
        key=ref.key,
        kind=creative.kind.value,
        size=str(creative.size),
        asset=creative.asset,
        src=creative.src,
        html=creative.html,
        title=creative.title,
        text=creative.text,
        alt=creative.alt,
        click_url=creative.click_url,
        weight=creative.weight if creative.weight != 1 else None,
        category=creative.category,
        hours=list(creative.hours),
        status=_unless_default(creative.status, Status.ACTIVE),
    )


def _price(price: Price) -> _Fields:
    return {"model": price.model.value, "amount": amount_text(price.micros), "currency": price.currency}


def _zone(campaign: CampaignRecord, zones: Mapping[str, ZoneInfo]) -> ZoneInfo | None:
    found = {zones[slot.site] for slot in campaign.slots}
    return found.pop() if len(found) == 1 else None


def _unless_default(value: StrEnum, default: StrEnum) -> str | None:
    return None if value is default else value.value


def _given(**fields: Any) -> Block:
    """The fields that have a value; a campaign's `slots` may be empty, but must be there."""
    kept = {key: value for key, value in fields.items() if value or (key == "slots" and "tier" in fields)}
    return Block(kept)
