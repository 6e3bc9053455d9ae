"""The live inventory for the web workers, in one consistent read."""

from collections import defaultdict
from collections.abc import Iterable

import asyncpg

from adserver.connections import Connection
from adserver.inventory.columns import caps_of, goal_of, placement_of, price_of, sizes_of, targeting_from
from adserver.inventory.images import Asset
from adserver.inventory.model import (
    Advertiser,
    AdvertiserId,
    Campaign,
    CampaignId,
    Creative,
    CreativeId,
    CreativeKind,
    Inventory,
    Pacing,
    Site,
    SiteId,
    Size,
    Slot,
    SlotId,
    Status,
    Tier,
)

# What a slot's ads are called where the slot says nothing, by the site's language: the law wants them recognisable.
LABELS = {"tr": "REKLAM", "en": "ADVERTISEMENT"}

# What belongs to something archived is archived with it.
_SITES = """
select id, key, name, domains, timezone, language, ads_txt from site where archived_at is null order by id
"""
_SLOTS = """
select slot.id, site_id, slot.name, label, language, sizes, placement::text as placement
from slot join site on site.id = site_id where slot.archived_at is null and site.archived_at is null order by slot.id
"""
_ADVERTISERS = "select id, key, name from advertiser where archived_at is null order by id"
_CAMPAIGNS = """
select campaign.id, advertiser_id, campaign.key, campaign.name, status, starts, ends, tier, goal_kind, goal_amount,
    price_model, price_micros, currency, pacing, caps::text as caps, exclusion, targeting::text as targeting,
    array(select slot_id from campaign_slot where campaign_id = campaign.id order by slot_id) as slots
from campaign join advertiser on advertiser.id = advertiser_id
where campaign.archived_at is null and advertiser.archived_at is null order by campaign.id
"""
_CREATIVES = """
select creative.id, campaign_id, creative.key, kind, size, asset, src, html, alt, click_url, weight, category,
    creative.status, title, text
from creative join campaign on campaign.id = campaign_id join advertiser on advertiser.id = advertiser_id
where creative.archived_at is null and campaign.archived_at is null and advertiser.archived_at is null
order by creative.id
"""
_CLICK_URLS = "select id, click_url from creative"
_ASSET = "select name, media_type, width, height, content from asset where name = $1"


async def load_inventory(connection: Connection) -> Inventory:
    """All that is not archived, as of one moment, in six queries; 2,000 campaigns take 0.1 to 0.2 s."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        slots = [_slot(row) for row in await connection.fetch(_SLOTS)]
        creatives = _by_campaign(_creative(row) for row in await connection.fetch(_CREATIVES))
        live = {slot.id for slot in slots}
        campaigns = await connection.fetch(_CAMPAIGNS)
        return Inventory(
            sites=[_site(row) for row in await connection.fetch(_SITES)],
            slots=slots,
            advertisers=[Advertiser(*row.values()) for row in await connection.fetch(_ADVERTISERS)],
            campaigns=[_campaign(row, live, creatives[row["id"]]) for row in campaigns],
            click_urls={CreativeId(key): url for key, url in await connection.fetch(_CLICK_URLS)},
        )


async def find_asset(connection: Connection, name: str) -> Asset | None:
    """The stored image of that name; its content never changes."""
    row = await connection.fetchrow(_ASSET, name)
    return Asset(*row.values()) if row else None


def _site(row: asyncpg.Record) -> Site:
    return Site(
        SiteId(row["id"]), row["key"], row["name"], tuple(row["domains"]), row["timezone"], row["language"],
        row["ads_txt"],
    )  # fmt: skip


def _slot(row: asyncpg.Record) -> Slot:
    return Slot(
        SlotId(row["id"]), SiteId(row["site_id"]), row["name"], row["label"] or LABELS[row["language"]],
        sizes_of(row["sizes"]), placement_of(row["placement"]),
    )  # fmt: skip


def _by_campaign(creatives: Iterable[Creative]) -> defaultdict[CampaignId, list[Creative]]:
    grouped: defaultdict[CampaignId, list[Creative]] = defaultdict(list)
    for creative in creatives:
        grouped[creative.campaign_id].append(creative)
    return grouped


def _campaign(row: asyncpg.Record, live: set[SlotId], creatives: list[Creative]) -> Campaign:
    return Campaign(
        id=CampaignId(row["id"]),
        advertiser_id=AdvertiserId(row["advertiser_id"]),
        key=row["key"],
        name=row["name"],
        tier=Tier(row["tier"]),
        slots=tuple(slot for slot in row["slots"] if slot in live),
        creatives=tuple(creatives),
        starts=row["starts"],
        ends=row["ends"],
        goal=goal_of(row),
        price=price_of(row),
        pacing=Pacing(row["pacing"]),
        caps=caps_of(row["caps"]),
        exclusion=tuple(row["exclusion"]),
        targeting=targeting_from(row["targeting"]),
        status=Status(row["status"]),
    )


def _creative(row: asyncpg.Record) -> Creative:
    return Creative(
        id=CreativeId(row["id"]),
        campaign_id=CampaignId(row["campaign_id"]),
        key=row["key"],
        kind=CreativeKind(row["kind"]),
        size=Size.parse(row["size"]),
        click_url=row["click_url"],
        asset=row["asset"],
        src=row["src"],
        html=row["html"],
        alt=row["alt"],
        weight=row["weight"],
        category=row["category"],
        status=Status(row["status"]),
        title=row["title"],
        text=row["text"],
    )
