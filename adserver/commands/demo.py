"""`adserver demo`."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from adserver.commands.faults import Fault
from adserver.commands.setup import command_environment, command_settings
from adserver.demo.access import DemoAccess
from adserver.process.keep import Child, describe_exit, running
from adserver.process.service import Plan, nobody, run_service
from adserver.settings import PREFIX, Settings


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
    show = _Demo(environment)
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

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._access: DemoAccess | None = None

    async def prepare(self, settings: Settings, address: str) -> None:
        _tell("Preparing the news site, its campaigns and their past …")
        self._access = await prepare_apart(settings, settings.base_url or address, self._environment)
        _tell("Starting the web server …")

    def announce(self, _address: str) -> None:
        if self._access is not None:
            click.echo(f"\n{describe(self._access)}\n\nCtrl-C ends it.\n")


async def prepare_apart(settings: Settings, base_url: str, environment: Mapping[str, str]) -> DemoAccess:
    """Prepare the demo in a process of its own, which gives its memory back. Raises Fault where that failed."""
    told, tell = os.pipe()
    options = ("--base-url", base_url, "--data-dir", str(settings.data_dir), "--tell", str(tell))
    own = {**environment, f"{PREFIX}DATABASE_URL": settings.database_url or ""}
    child = Child("preparation", ("adserver.demo.prepare", *options), own, fds=(tell,))
    with os.fdopen(told, encoding="utf-8") as answer, os.fdopen(tell, "w") as theirs:
        async with running([child]):
            theirs.close()
            code = await child.wait()
        if code != 0:
            raise Fault([f"the demo could not be prepared ({describe_exit(code)})"])
        return DemoAccess.from_json(answer.read())


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
