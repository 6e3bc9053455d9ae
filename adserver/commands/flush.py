"""`adserver flush`."""

import asyncio

import click

from adserver.commands.setup import command_settings
from adserver.counting.flusher import run_once
from adserver.process.servers import reachable_servers
from adserver.settings import Settings


@click.command()
@click.option("--once", is_flag=True, required=True, help="Flush and end; a running service flushes by itself.")
def flush(once: bool) -> None:
    """Store in Postgres what Redis holds now. Safe beside a running service."""
    stored = asyncio.run(_flush(command_settings()))
    click.echo(f"{stored} batches stored")


async def _flush(settings: Settings) -> int:
    async with reachable_servers(settings) as complete:
        return await run_once(complete)
