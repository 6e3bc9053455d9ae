"""`adserver apply` and `adserver export`."""

import asyncio
from pathlib import Path

import click

from adserver.commands.faults import Fault
from adserver.commands.setup import command_settings, connected_to_schema
from adserver.inventory.apply import apply_file
from adserver.inventory.export import export_yaml
from adserver.inventory.faults import InventoryFaults
from adserver.inventory.plan import Plan
from adserver.settings import Settings


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--prune", is_flag=True, help="Archive what the file leaves out.")
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
def apply(file: Path, prune: bool, dry_run: bool) -> None:
    """Make the inventory what FILE says, and print what changes.

    FILE is YAML or JSON. Either all of it is applied or, when it has faults, nothing.
    """
    try:
        plan = asyncio.run(_apply(command_settings(), file, prune=prune, dry_run=dry_run))
    except InventoryFaults as error:
        raise Fault([f"{file}: {fault}" for fault in error.faults]) from error
    click.echo(str(plan))


@click.command()
def export() -> None:
    """Print the inventory as a file that `adserver apply` takes, and that then changes nothing."""
    click.echo(asyncio.run(_export(command_settings())), nl=False)


async def _apply(settings: Settings, file: Path, *, prune: bool, dry_run: bool) -> Plan:
    async with connected_to_schema(settings) as connection:
        return await apply_file(connection, file, prune=prune, dry_run=dry_run)


async def _export(settings: Settings) -> str:
    async with connected_to_schema(settings) as connection:
        return await export_yaml(connection)
