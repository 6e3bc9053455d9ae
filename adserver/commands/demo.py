"""`adserver demo`."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from adserver.commands.setup import command_environment, command_settings, connected
from adserver.demo.prepare import DemoAccess, prepare
from adserver.process.service import Plan, nobody, run_service
from adserver.settings import Settings


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on, 0 for any [ADSERVER_PORT, 8000].")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the demo's data are kept [ADSERVER_DATA_DIR, .adserver].",
)
@click.option("--no-traffic", is_flag=True, help="Without simulated readers.")
def demo(port: int | None, data_dir: Path | None, no_traffic: bool) -> None:
    """Show a demo news site with its ads, simulated readers, and reports.

    It runs on embedded servers under the data directory, whatever servers are set: it writes figures.
    """
    # The simulated readers name addresses of their own, as a proxy would, or all of them were one reader.
    own = {"database_url": "", "redis_url": "", "trusted_proxies": "127.0.0.0/8,::1/128"}
    environment = command_environment(port=port, data_dir=data_dir, **own)
    settings = command_settings(environment, process="supervisor")
    show = _Demo()
    plan = Plan(
        announce=show.announce,
        app="adserver.demo.app:create_app",
        migrate=True,
        prepare=show.prepare,
        beside=nobody if no_traffic else _readers,
    )
    _tell("Starting PostgreSQL and Valkey …")
    asyncio.run(run_service(settings, environment, plan))


class _Demo:
    """What was prepared, until it is announced."""

    def __init__(self) -> None:
        self._access: DemoAccess | None = None

    async def prepare(self, settings: Settings, address: str) -> None:
        _tell("Preparing the news site, its campaigns and their past …")
        async with connected(settings) as connection:
            now = datetime.now(UTC)
            self._access = await prepare(connection, settings.data_dir, settings.base_url or address, now)
        _tell("Starting the web server …")

    def announce(self, _address: str) -> None:
        if self._access is not None:
            click.echo(f"\n{describe(self._access)}\n\nCtrl-C ends it.\n")


def describe(access: DemoAccess) -> str:
    """What to open, a line each: what it is, where, and the login."""
    lines = [("News site", access.home, ""), ("An article", access.article, "")]
    lines += [(login.title, login.address, f"{login.email} {login.password}") for login in access.logins]
    width = max(len(title) for title, _, _ in lines)
    return "\n".join(f"  {title:{width}}  {address}  {login}".rstrip() for title, address, login in lines)


def _readers(address: str) -> Sequence[str]:
    return ("adserver.demo.readers", "--base-url", address)


def _tell(progress: str) -> None:
    click.echo(progress, err=True)
