"""`adserver migrate`."""

import asyncio

import click

from adserver import schema
from adserver.commands.setup import command_settings, connected
from adserver.process.servers import reachable_servers
from adserver.settings import Settings


@click.command()
def migrate() -> None:
    """Bring the database schema up to date.

    Safe to repeat, and beside others that do the same.
    """
    applied = asyncio.run(_migrate(command_settings()))
    for name in applied:
        click.echo(f"applied {name}")
    if not applied:
        click.echo("the schema is up to date")


async def _migrate(settings: Settings) -> list[str]:
    async with reachable_servers(settings) as complete, connected(complete) as connection:
        return await schema.migrate(connection)
