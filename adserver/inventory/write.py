"""Carrying out a plan: every statement is safe to repeat and names its rows by their natural keys."""

from collections.abc import Iterable

import asyncpg

from adserver.connections import Connection
from adserver.inventory.columns import caps_json, placement_json, targeting_json
from adserver.inventory.faults import Fault, InventoryFaults
from adserver.inventory.images import Asset
from adserver.inventory.plan import Action, Change, Plan
from adserver.inventory.records import (
    AdvertiserRecord,
    CampaignRecord,
    CreativeRecord,
    Kind,
    Record,
    Ref,
    SiteRecord,
    SlotRecord,
    Wanted,
)

_PUT_ASSET = """
insert into asset (name, media_type, width, height, content) values ($1, $2, $3, $4, $5) on conflict do nothing
"""
_PUT_SITE = """
insert into site (key, name, domains, timezone, language, ads_txt) values ($1, $2, $3, $4, $5, $6)
on conflict (key) do update set name = excluded.name, domains = excluded.domains, timezone = excluded.timezone,
    language = excluded.language, ads_txt = excluded.ads_txt, archived_at = null
"""
_PUT_SLOT = """
insert into slot (site_id, name, label, sizes, placement)
values ((select id from site where key = $1), $2, $3, $4, $5::text::jsonb)
on conflict (site_id, name) do update set label = excluded.label, sizes = excluded.sizes,
    placement = excluded.placement, archived_at = null
"""
_PUT_ADVERTISER = """
insert into advertiser (key, name) values ($1, $2)
on conflict (key) do update set name = excluded.name, archived_at = null
"""
_PUT_CAMPAIGN = """
insert into campaign (advertiser_id, key, name, status, starts, ends, tier, goal_kind, goal_amount,
    price_model, price_micros, currency, pacing, caps, exclusion, targeting, budget_micros, rotation, roadblock)
values ((select id from advertiser where key = $1), $2, $3, $4, $5, $6, $7, $8, $9,
    $10, $11, $12, $13, $14::text::jsonb, $15, $16::text::jsonb, $17, $18, $19)
on conflict (key) do update set advertiser_id = excluded.advertiser_id, name = excluded.name,
    status = excluded.status, starts = excluded.starts, ends = excluded.ends, tier = excluded.tier,
    goal_kind = excluded.goal_kind, goal_amount = excluded.goal_amount, price_model = excluded.price_model,
    price_micros = excluded.price_micros, currency = excluded.currency, pacing = excluded.pacing,
    caps = excluded.caps, exclusion = excluded.exclusion, targeting = excluded.targeting,
    budget_micros = excluded.budget_micros, rotation = excluded.rotation, roadblock = excluded.roadblock,
    archived_at = null
"""
_CLEAR_CAMPAIGN_SLOTS = "delete from campaign_slot where campaign_id = (select id from campaign where key = $1)"
_PUT_CAMPAIGN_SLOTS = """
insert into campaign_slot (campaign_id, slot_id)
select campaign.id, slot.id
from unnest($2::text[], $3::text[]) as wanted (site, slot)
join site on site.key = wanted.site join slot on slot.site_id = site.id and slot.name = wanted.slot
join campaign on campaign.key = $1
"""
_PUT_CREATIVE = """
insert into creative (campaign_id, key, kind, size, asset, src, html, alt, click_url, weight, category, status,
    title, text, hours)
values ((select id from campaign where key = $1), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (campaign_id, key) do update set kind = excluded.kind, size = excluded.size, asset = excluded.asset,
    src = excluded.src, html = excluded.html, alt = excluded.alt, click_url = excluded.click_url,
    weight = excluded.weight, category = excluded.category, status = excluded.status, title = excluded.title,
    text = excluded.text, hours = excluded.hours, archived_at = null
"""
# A campaign keeps its rows for a slot that is archived; they must not come alive again with it.
_FORGET_CAMPAIGNS = {
    Kind.SITE: """
        delete from campaign_slot using slot join site on site.id = site_id where slot.id = slot_id and site.key = $1
        """,
    Kind.SLOT: """
        delete from campaign_slot using slot join site on site.id = site_id
        where slot.id = slot_id and slot.name = $1 and site.key = $2
        """,
}
_ARCHIVE = {
    Kind.SITE: "update site set archived_at = now() where key = $1",
    Kind.SLOT: """
        update slot set archived_at = now() where name = $1 and site_id = (select id from site where key = $2)
        """,
    Kind.ADVERTISER: "update advertiser set archived_at = now() where key = $1",
    Kind.CAMPAIGN: "update campaign set archived_at = now() where key = $1",
    Kind.CREATIVE: """
        update creative set archived_at = now()
        where key = $1 and campaign_id = (select id from campaign where key = $2)
        """,
}


async def write_plan(connection: Connection, plan: Plan, wanted: Wanted) -> None:
    """Carry out the plan inside the caller's transaction. Raises InventoryFaults where the database refuses a row."""
    await _write_assets(connection, wanted.assets.values())
    for change in plan.changes:
        try:
            await _write(connection, change)
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as error:
            line, path = wanted.places.get(change.ref, (None, ""))
            message = f"the database refuses {change.ref}: {_reason(error)}"
            raise InventoryFaults([Fault(line, path, message)]) from error


async def _write_assets(connection: Connection, assets: Iterable[Asset]) -> None:
    for asset in sorted(assets, key=lambda asset: asset.name):
        await connection.execute(
            _PUT_ASSET, asset.name, asset.media_type, asset.width, asset.height, asset.content
        )  # fmt: skip


async def _write(connection: Connection, change: Change) -> None:
    ref = change.ref
    names = (ref.key, ref.parent) if ref.parent else (ref.key,)
    if change.action is Action.ARCHIVE:
        await connection.execute(_ARCHIVE[ref.kind], *names)
        return
    if change.action is Action.RESTORE and ref.kind in _FORGET_CAMPAIGNS:
        await connection.execute(_FORGET_CAMPAIGNS[ref.kind], *names)
    await _put(connection, ref, change.record)


async def _put(connection: Connection, ref: Ref, record: Record) -> None:
    match record:
        case SiteRecord(name, domains, timezone, language, ads_txt):
            await connection.execute(_PUT_SITE, ref.key, name, domains, timezone, language, ads_txt)
        case SlotRecord(label, sizes, placement):
            texts = list(map(str, sizes))
            await connection.execute(_PUT_SLOT, ref.parent, ref.key, label, texts, placement_json(placement))
        case AdvertiserRecord(name):
            await connection.execute(_PUT_ADVERTISER, ref.key, name)
        case CampaignRecord():
            await _put_campaign(connection, ref.key, record)
        case CreativeRecord() as new:
            await connection.execute(
                _PUT_CREATIVE, ref.parent, ref.key, new.kind, str(new.size), new.asset, new.src, new.html,
                new.alt, new.click_url, new.weight, new.category, new.status, new.title, new.text, new.hours,
            )  # fmt: skip


async def _put_campaign(connection: Connection, key: str, new: CampaignRecord) -> None:
    goal = (new.goal.kind, new.goal.amount) if new.goal else (None, None)
    price = (new.price.model, new.price.micros, new.price.currency) if new.price else (None, None, None)
    await connection.execute(
        _PUT_CAMPAIGN, new.advertiser, key, new.name, new.status, new.starts, new.ends, new.tier, *goal, *price,
        new.pacing, caps_json(new.caps), new.exclusion, targeting_json(new.targeting), new.budget_micros,
        new.rotation, new.roadblock,
    )  # fmt: skip
    await connection.execute(_CLEAR_CAMPAIGN_SLOTS, key)
    sites, names = [slot.site for slot in new.slots], [slot.slot for slot in new.slots]
    await connection.execute(_PUT_CAMPAIGN_SLOTS, key, sites, names)


def _reason(error: asyncpg.PostgresError) -> str:
    detail = getattr(error, "detail", None)
    return f"{error}; {detail}" if detail else str(error)
