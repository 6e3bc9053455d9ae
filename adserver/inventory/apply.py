"""Applying an inventory file: in one transaction, under a lock, all or nothing."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from adserver.connections import AdvisoryLock, Connection
from adserver.inventory.document import MAX_BYTES, decode
from adserver.inventory.faults import Fault, InventoryFaults
from adserver.inventory.fields import SlotKey
from adserver.inventory.plan import Plan, compare
from adserver.inventory.records import Kind, Ref, SiteRecord, SlotRecord, Stored
from adserver.inventory.stored import stored_images, stored_records
from adserver.inventory.validate import Known, KnownSlot, read_inventory
from adserver.inventory.write import write_plan


async def apply_file(connection: Connection, path: Path, *, prune: bool, dry_run: bool) -> Plan:
    """Make the stored inventory what the file says, and return what changed, or would with `dry_run`.

    Only with `prune` what the file leaves out is archived. Raises InventoryFaults, and then nothing has changed.
    Applying a file again changes nothing.
    """
    try:
        text = decode(await asyncio.to_thread(_read, path))
    except OSError as error:
        raise InventoryFaults([Fault(None, "", f"{path} cannot be read: {error.strerror}")]) from error
    return await apply_text(connection, text, path.parent, prune=prune, dry_run=dry_run)


async def apply_text(connection: Connection, text: str, directory: Path, *, prune: bool, dry_run: bool) -> Plan:
    """As `apply_file`, for the text of a file whose images are below the directory."""
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", AdvisoryLock.INVENTORY)
        stored = await stored_records(connection)
        known = Known({} if prune else _live_slots(stored), await stored_images(connection))
        wanted = await asyncio.to_thread(read_inventory, text, directory, known)
        plan = compare(wanted.records, stored, prune=prune)
        if plan and not dry_run:
            await write_plan(connection, plan, wanted)
    return plan


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _live_slots(stored: Mapping[Ref, Stored]) -> dict[SlotKey, KnownSlot]:
    slots: dict[SlotKey, KnownSlot] = {}
    for ref, (slot, archived) in stored.items():
        if archived or not isinstance(slot, SlotRecord):
            continue
        site, is_site_archived = stored[Ref(Kind.SITE, ref.parent)]
        if isinstance(site, SiteRecord) and not is_site_archived:
            slots[SlotKey(ref.parent, ref.key)] = KnownSlot(slot.sizes, site.timezone)
    return slots
