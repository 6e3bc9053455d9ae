"""The stored inventory as records, archived ones included."""

from collections import defaultdict

import asyncpg

from adserver.connections import Connection
from adserver.inventory.columns import caps_of, goal_of, placement_of, price_of, sizes_of, targeting_from
from adserver.inventory.fields import SlotKey
from adserver.inventory.model import CreativeKind, Pacing, Rotation, Size, Status, Tier
from adserver.inventory.records import (
    AdvertiserRecord,
    CampaignRecord,
    CreativeRecord,
    Kind,
    Ref,
    SiteRecord,
    SlotRecord,
    Stored,
)

_SITES = "select *, archived_at is not null as archived from site order by key"
_SLOTS = """
select site.key as site, slot.*, placement::text as placement_text, slot.archived_at is not null as archived
from slot join site on site.id = site_id order by site.key, slot.id
"""
_ADVERTISERS = "select *, archived_at is not null as archived from advertiser order by key"
_CAMPAIGNS = """
select advertiser.key as advertiser, campaign.*, caps::text as caps_text, targeting::text as targeting_text,
    campaign.archived_at is not null as archived
from campaign join advertiser on advertiser.id = advertiser_id order by advertiser.key, campaign.id
"""
_LIVE_CAMPAIGN_SLOTS = """
select campaign_id, site.key as site, slot.name as slot
from campaign_slot join slot on slot.id = slot_id join site on site.id = site_id
where slot.archived_at is null and site.archived_at is null order by site.key, slot.name
"""
_CREATIVES = """
select campaign.key as campaign, creative.*, creative.archived_at is not null as archived
from creative join campaign on campaign.id = campaign_id order by campaign.key, creative.id
"""


async def stored_records(connection: Connection) -> dict[Ref, Stored]:
    """All records, in a constant number of queries; what belongs together stands together, in a stable order."""
    records: dict[Ref, Stored] = {}
    for row in await connection.fetch(_SITES):
        site = SiteRecord(row["name"], tuple(row["domains"]), row["timezone"], row["language"], row["ads_txt"])
        records[Ref(Kind.SITE, row["key"])] = Stored(site, row["archived"])
    for row in await connection.fetch(_SLOTS):
        slot = SlotRecord(row["label"], sizes_of(row["sizes"]), placement_of(row["placement_text"]))
        records[Ref(Kind.SLOT, row["name"], row["site"])] = Stored(slot, row["archived"])
    for row in await connection.fetch(_ADVERTISERS):
        records[Ref(Kind.ADVERTISER, row["key"])] = Stored(AdvertiserRecord(row["name"]), row["archived"])
    slots = await _slots_of_campaigns(connection)
    for row in await connection.fetch(_CAMPAIGNS):
        campaign = _campaign(row, tuple(sorted(slots[row["id"]])))
        records[Ref(Kind.CAMPAIGN, row["key"])] = Stored(campaign, row["archived"])
    for row in await connection.fetch(_CREATIVES):
        records[Ref(Kind.CREATIVE, row["key"], row["campaign"])] = Stored(_creative(row), row["archived"])
    return records


async def stored_images(connection: Connection) -> dict[str, Size]:
    """The names of the stored images with their dimensions."""
    rows = await connection.fetch("select name, width, height from asset")
    return {row["name"]: Size(row["width"], row["height"]) for row in rows}


async def _slots_of_campaigns(connection: Connection) -> defaultdict[int, list[SlotKey]]:
    slots: defaultdict[int, list[SlotKey]] = defaultdict(list)
    for row in await connection.fetch(_LIVE_CAMPAIGN_SLOTS):
        slots[row["campaign_id"]].append(SlotKey(row["site"], row["slot"]))
    return slots


def _campaign(row: asyncpg.Record, slots: tuple[SlotKey, ...]) -> CampaignRecord:
    return CampaignRecord(
        advertiser=row["advertiser"],
        name=row["name"],
        status=Status(row["status"]),
        starts=row["starts"],
        ends=row["ends"],
        tier=Tier(row["tier"]),
        goal=goal_of(row),
        price=price_of(row),
        pacing=Pacing(row["pacing"]),
        caps=caps_of(row["caps_text"]),
        exclusion=tuple(row["exclusion"]),
        slots=slots,
        targeting=targeting_from(row["targeting_text"]),
        budget_micros=row["budget_micros"],
        rotation=Rotation(row["rotation"]),
        roadblock=row["roadblock"],
    )


def _creative(row: asyncpg.Record) -> CreativeRecord:
    return CreativeRecord(
        kind=CreativeKind(row["kind"]),
        size=Size.parse(row["size"]),
        asset=row["asset"],
        src=row["src"],
        html=row["html"],
        alt=row["alt"],
        click_url=row["click_url"],
        weight=row["weight"],
        category=row["category"],
        status=Status(row["status"]),
        title=row["title"],
        text=row["text"],
        hours=tuple(row["hours"]),
    )
