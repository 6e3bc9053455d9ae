"""`adserver serve`."""

import asyncio

import click

from adserver.commands.setup import command_environment, command_settings
from adserver.process.service import Plan, run_service


@click.command()
@click.option("--host", help="The address to listen on [ADSERVER_HOST, 127.0.0.1].")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on, 0 for any [ADSERVER_PORT, 8000].")
@click.option("--workers", type=click.IntRange(1, 64), help="Web worker processes [ADSERVER_WORKERS, 1].")
@click.option("--migrate", is_flag=True, help="Bring the schema up to date first.")
def serve(host: str | None, port: int | None, workers: int | None, migrate: bool) -> None:
    """Run the service until it is told to stop.

    It uses the servers of ADSERVER_DATABASE_URL and ADSERVER_REDIS_URL, and in the place of one that is not set an
    embedded server under ADSERVER_DATA_DIR.
    """
    environment = command_environment(host=host, port=port, workers=workers)
    settings = command_settings(environment, process="supervisor")
    plan = Plan(announce=lambda address: click.echo(f"adserver listens on {address}"), migrate=migrate)
    asyncio.run(run_service(settings, environment, plan))
