import asyncio
from pathlib import Path

import asyncpg
import pytest

from adserver.inventory.apply import apply_file, apply_text
from adserver.inventory.export import export_yaml
from adserver.inventory.faults import InventoryFaults
from adserver.inventory.load import find_asset, load_inventory
from adserver.inventory.plan import Plan
from tests.inventory.files import REMOVED, picture, small
from tests.waiting import PATIENCE_SECONDS

C = "advertisers.0.campaigns.0"


async def apply(connection: asyncpg.Connection, text: str, *, prune: bool = False, dry_run: bool = False) -> Plan:
    return await apply_text(connection, text, Path("/nowhere"), prune=prune, dry_run=dry_run)


async def test_applied_twice_changes_nothing_the_second_time(connection: asyncpg.Connection) -> None:
    assert (await apply(connection, small())).summary() == "9 to create"
    assert (await apply(connection, small(), prune=True)).summary() == "nothing changes"


async def test_dry_run_plans_and_writes_nothing(connection: asyncpg.Connection) -> None:
    assert (await apply(connection, small(), dry_run=True)).summary() == "9 to create"
    assert await connection.fetchval("select count(*) from site") == 0


async def test_change_is_stored_and_keeps_the_id(connection: asyncpg.Connection) -> None:
    await apply(connection, small())
    before = (await load_inventory(connection)).campaigns[0]
    await apply(connection, small((f"{C}.name", "Yeni"), (f"{C}.status", "paused")))
    after = (await load_inventory(connection)).campaigns[0]
    assert (after.id, after.name, after.status) == (before.id, "Yeni", "paused")


async def test_only_what_changes_is_written(connection: asyncpg.Connection) -> None:
    await apply(connection, small())
    versions = "select xmin::text from campaign union all select xmin::text from site"
    before = await connection.fetch(versions)
    await apply(connection, small(("sites.0.slots.0.label", "REKLAM")))
    assert await connection.fetch(versions) == before


async def test_pruned_campaign_comes_back_with_its_id(connection: asyncpg.Connection) -> None:
    await apply(connection, small())
    before = (await load_inventory(connection)).campaigns
    assert (await apply(connection, small((C, REMOVED)), prune=True)).summary() == "3 to archive"
    assert (await load_inventory(connection)).campaigns == []
    assert (await apply(connection, small())).summary() == "3 to restore"
    assert (await load_inventory(connection)).campaigns == before


async def test_restored_slot_does_not_bring_back_campaigns_that_left_it(connection: asyncpg.Connection) -> None:
    await apply(connection, small((f"{C}.slots", ["demo/top", "demo/side"])))
    await connection.execute("update slot set archived_at = now() where name = 'side'")
    assert (await apply(connection, small())).summary() == "1 to restore"
    assert len((await load_inventory(connection)).campaigns[0].slots) == 1
    assert not await apply(connection, small())


async def test_campaign_can_move_to_another_advertiser(connection: asyncpg.Connection) -> None:
    await apply(connection, small())
    await apply(connection, small(("advertisers.0.key", "zeytin-ege")))
    inventory = await load_inventory(connection)
    owners = {advertiser.id: advertiser.key for advertiser in inventory.advertisers}
    assert [owners[campaign.advertiser_id] for campaign in inventory.campaigns] == ["zeytin-ege"]


async def test_file_without_sites_uses_the_stored_slots(connection: asyncpg.Connection) -> None:
    await apply(connection, small())
    assert (await apply(connection, small(("sites", []), (f"{C}.name", "Yeni")))).summary() == "1 to change"


@pytest.mark.parametrize("way", ["prune", "archived"])
async def test_slot_that_is_or_would_be_archived_is_unknown(connection: asyncpg.Connection, way: str) -> None:
    await apply(connection, small())
    if way == "archived":
        await connection.execute("update site set archived_at = now() where key = 'demo'")
    with pytest.raises(InventoryFaults, match="there is no slot demo/top"):
        await apply(connection, small(("sites", [])), prune=way == "prune")


async def test_faulty_file_changes_nothing(connection: asyncpg.Connection) -> None:
    with pytest.raises(InventoryFaults):
        await apply(connection, small((f"{C}.creatives.1.weight", 0)))
    assert await connection.fetchval("select count(*) from site") == 0


async def test_refusal_of_the_database_is_a_fault_and_changes_nothing(connection: asyncpg.Connection) -> None:
    await connection.execute("alter table creative add constraint no_zeytin check (key <> 'picture')")
    with pytest.raises(InventoryFaults) as raised:
        await apply(connection, small())
    [fault] = raised.value.faults
    assert (fault.line, fault.path) == (1, "advertisers[0].campaigns[0].creatives[1]")
    assert fault.message.startswith("the database refuses creative kasim/picture: ")
    assert "no_zeytin" in fault.message
    assert await connection.fetchval("select count(*) from site") == 0


async def test_two_applies_at_once_wait_for_each_other(database: str, connection: asyncpg.Connection) -> None:
    other = await asyncpg.connect(database)
    try:
        plans = await asyncio.gather(apply(connection, small()), apply(other, small()))
    finally:
        await other.close()
    assert sorted(plan.summary() for plan in plans) == ["9 to create", "nothing changes"]


async def test_workers_are_told_of_a_change_only(database: str, connection: asyncpg.Connection) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(database)
    try:
        await listener.add_listener("inventory", lambda *told_by: told.put_nowait(str(told_by[-1])))
        await apply(connection, small(), dry_run=True)
        await apply(connection, small())
        assert {await asyncio.wait_for(told.get(), PATIENCE_SECONDS) for _ in range(2)} == {"", "campaign"}
        await apply(connection, small())
        await listener.execute("select 1")
        assert told.empty()
    finally:
        await listener.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "a.png").write_bytes(picture(728, 90))
    path = tmp_path / "inventory.yaml"
    path.write_text(small((f"{C}.creatives.1.src", REMOVED), (f"{C}.creatives.1.file", "a.png")), "utf-8")
    return path


async def test_image_file_is_stored_under_its_hash(connection: asyncpg.Connection, file: Path) -> None:
    await apply_file(connection, file, prune=False, dry_run=False)
    name = (await load_inventory(connection)).campaigns[0].creatives[1].asset
    asset = await find_asset(connection, name or "")
    assert asset is not None
    assert (asset.name, asset.media_type, asset.width, asset.height) == (name, "image/png", 728, 90)
    assert asset.content == picture(728, 90)
    assert await find_asset(connection, "0" * 32 + ".png") is None


async def test_new_picture_replaces_the_old_which_stays(connection: asyncpg.Connection, file: Path) -> None:
    await apply_file(connection, file, prune=False, dry_run=False)
    (file.parent / "a.png").write_bytes(picture(728, 90, color="navy"))
    plan = await apply_file(connection, file, prune=False, dry_run=False)
    assert [difference.field for change in plan.changes for difference in change.differences] == ["asset"]
    assert await connection.fetchval("select count(*) from asset") == 2


async def test_file_that_cannot_be_read_is_a_fault(connection: asyncpg.Connection, tmp_path: Path) -> None:
    with pytest.raises(InventoryFaults, match=r"none.yaml cannot be read: No such file"):
        await apply_file(connection, tmp_path / "none.yaml", prune=False, dry_run=False)


async def test_export_of_a_stored_picture_needs_no_file(connection: asyncpg.Connection, file: Path) -> None:
    await apply_file(connection, file, prune=False, dry_run=False)
    assert not await apply(connection, await export_yaml(connection), prune=True)
