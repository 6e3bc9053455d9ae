from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest

from adserver.inventory.apply import apply_text
from adserver.inventory.load import load_inventory, read_inventory
from adserver.inventory.model import (
    PAGE,
    AnyOf,
    Between,
    Cap,
    CreativeKind,
    Goal,
    GoalKind,
    NoneOf,
    Placement,
    Price,
    PriceModel,
    Rotation,
    Size,
    Status,
    Tier,
)
from adserver.inventory.periods import LIFETIME
from tests.inventory.files import REMOVED, small

C = "advertisers.0.campaigns.0"


async def store(connection: asyncpg.Connection, text: str) -> None:
    await apply_text(connection, text, Path("/nowhere"), prune=False, dry_run=False)


async def test_inventory_is_loaded_as_values(connection: asyncpg.Connection) -> None:
    targeting = {"city": ["Antalya"], "section": {"not": "afet"}, "temperature": {"min": 25}}
    caps = [{"impressions": 3, "per": "24h"}, {"impressions": 9, "per": "lifetime"}]
    await store(connection, small((f"{C}.targeting", targeting), (f"{C}.caps", caps)))
    inventory = await load_inventory(connection)
    assert [site.key for site in inventory.sites] == ["demo", "london"]
    assert [(slot.name, slot.sizes[0]) for slot in inventory.slots] == [
        ("top", Size(728, 90)), ("side", Size(300, 250)), ("top", Size(728, 90)),
    ]  # fmt: skip
    [campaign] = inventory.campaigns
    assert (campaign.advertiser_id, campaign.slots) == (inventory.advertisers[0].id, (inventory.slots[0].id,))
    assert campaign.tier is Tier.GUARANTEED
    assert campaign.starts == datetime(2026, 10, 31, 21, tzinfo=UTC)
    assert campaign.goal == Goal(GoalKind.IMPRESSIONS, Decimal(200000))
    assert campaign.price == Price(PriceModel.CPM, 45_000_000, "TRY")
    assert campaign.caps == (Cap(3, timedelta(days=1)), Cap(9, LIFETIME))
    assert campaign.targeting == {
        "city": AnyOf(("Antalya",)), "section": NoneOf(("afet",)), "temperature": Between(25.0, None),
    }  # fmt: skip
    assert [creative.key for creative in campaign.creatives] == ["link", "picture"]
    assert inventory.click_urls == {creative.id: "https://zeytin.example/" for creative in campaign.creatives}


async def test_placement_is_loaded_as_in_the_file(connection: asyncpg.Connection) -> None:
    await store(connection, small(("sites.0.slots.0.placement", {"after_paragraph": 2, "within": "article"})))
    placements = [slot.placement for slot in (await load_inventory(connection)).slots]
    assert placements == [Placement(2, "article"), None, None]


@pytest.mark.parametrize(("language", "label"), [("tr", "REKLAM"), ("en", "ADVERTISEMENT")])
async def test_slot_without_label_has_that_of_its_sites_language(
    connection: asyncpg.Connection, language: str, label: str
) -> None:
    await store(connection, small(("sites.0.slots.0.label", REMOVED), ("sites.0.language", language)))
    assert (await load_inventory(connection)).slots[0].label == label


async def test_text_creative_is_loaded_as_in_the_file(connection: asyncpg.Connection) -> None:
    text = {"key": "t", "kind": "text", "size": "728x90", "title": "Zeytinyağı", "text": "Yeni mahsul"}
    await store(connection, small((f"{C}.creatives.0", text | {"click_url": "https://a.example/"})))
    [creative] = [one for one in (await load_inventory(connection)).campaigns[0].creatives if one.key == "t"]
    assert (creative.kind, creative.title, creative.text) == (CreativeKind.TEXT, "Zeytinyağı", "Yeni mahsul")
    assert creative.asset is creative.src is creative.html is None


async def test_fields_of_choice_are_loaded(connection: asyncpg.Connection) -> None:
    caps, hours = [{"impressions": 2, "per": "page"}], ["mon-fri 07:00-10:00"]
    await store(connection, small(
        (f"{C}.slots", ["demo/top", "demo/side"]), (f"{C}.roadblock", "true"), (f"{C}.rotation", "optimised"),
        (f"{C}.budget", "1500.50"), (f"{C}.caps", caps), (f"{C}.creatives.0.hours", hours),
        (f"{C}.creatives.0.status", "pending"),
    ))  # fmt: skip
    [campaign] = (await load_inventory(connection)).campaigns
    assert (campaign.roadblock, campaign.rotation) == (True, Rotation.OPTIMISED)
    assert (campaign.budget_micros, campaign.caps) == (1_500_500_000, (Cap(2, PAGE),))
    assert (campaign.creatives[0].hours, campaign.creatives[0].status) == (tuple(hours), Status.PENDING)


@pytest.mark.parametrize(
    "change",
    [
        "update campaign set status = 'paused' where key = 'two'",
        "update campaign set archived_at = now() where key = 'two'",
        "update creative set weight = 7 where campaign_id = (select id from campaign where key = 'two')",
        "update creative set archived_at = now() where campaign_id = (select id from campaign where key = 'two')",
        "update creative set click_url = 'https://b.example/' where campaign_id = (select max(id) from campaign)",
        "delete from campaign_slot where campaign_id = (select id from campaign where key = 'two')",
        "insert into campaign (advertiser_id, key, name, tier) select id, 'three', 'Üç', 'house' from advertiser",
    ],
)
async def test_reading_what_changed_finds_what_reading_all_finds(connection: asyncpg.Connection, change: str) -> None:
    await store(connection, small())
    await store(connection, small((f"{C}.key", "two")))
    before = await read_inventory(connection)
    await connection.execute(change)
    after = await read_inventory(connection, before)
    assert after.inventory == await load_inventory(connection)
    assert after.inventory != before.inventory
    assert after.inventory.campaigns[0] is before.inventory.campaigns[0]


async def test_change_that_was_under_way_is_found_once_it_is_there(
    connection: asyncpg.Connection, database: str
) -> None:
    await store(connection, small())
    slow = await asyncpg.connect(database)
    async with slow.transaction():
        await slow.execute("update campaign set status = 'paused'")
        await connection.execute("update advertiser set name = 'later, and there before'")
        during = await read_inventory(connection, await read_inventory(connection))
    await slow.close()
    assert during.inventory.campaigns[0].status is Status.ACTIVE
    assert (await read_inventory(connection, during)).inventory.campaigns[0].status is Status.PAUSED


async def test_what_belongs_to_something_archived_is_not_loaded(connection: asyncpg.Connection) -> None:
    await store(connection, small())
    await connection.execute("update site set archived_at = now() where key = 'demo'")
    inventory = await load_inventory(connection)
    assert [slot.name for slot in inventory.slots] == ["top"]
    assert inventory.campaigns[0].slots == ()
    await connection.execute("update advertiser set archived_at = now()")
    inventory = await load_inventory(connection)
    assert (inventory.campaigns, len(inventory.click_urls)) == ([], 2)


async def test_number_of_queries_does_not_grow_with_the_inventory(connection: asyncpg.Connection) -> None:
    await store(connection, small())
    queries: list[str] = []
    with connection.query_logger(lambda record: queries.append(record.query)):
        await load_inventory(connection)
    assert len(queries) <= 9
