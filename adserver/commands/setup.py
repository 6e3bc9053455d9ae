"""What every command begins with: its settings, its log, and its connections."""

import contextlib
import os
from collections.abc import AsyncIterator, Mapping

import asyncpg
import click

from adserver.commands.faults import Fault
from adserver.connections import CONNECT_SECONDS, POSTGRES_FAILURES
from adserver.process.log import configure_logging
from adserver.process.servers import reachable_servers
from adserver.schema import ensure_schema
from adserver.settings import PREFIX, Settings, read_settings, unknown_settings


def command_environment(**options: object) -> dict[str, str]:
    """The environment with the settings that options of the command line replace; an option of None does not."""
    given = {PREFIX + name.upper(): str(value) for name, value in options.items() if value is not None}
    return {**os.environ, **given}


def command_settings(environment: Mapping[str, str] = os.environ, process: str = "adserver") -> Settings:
    """Read the settings, warn of names that are none, and begin the log. Raises SettingsError."""
    for name in unknown_settings(environment):
        click.echo(f"adserver: warning: there is no setting {name}", err=True)
    settings = read_settings(environment)
    configure_logging(settings.log_level, process)
    return settings


@contextlib.asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection to Postgres for a command that takes as long as it takes."""
    try:
        connection = await asyncpg.connect(settings.database_url, timeout=CONNECT_SECONDS)
    except POSTGRES_FAILURES as error:
        raise Fault([f"cannot connect to Postgres: {error or 'no answer'}"]) from error
    try:
        yield connection
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def connected_to_schema(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection to Postgres, embedded or not, that has this version's schema. Raises SchemaError."""
    async with reachable_servers(settings) as complete, connected(complete) as connection:
        await ensure_schema(connection, may_create=settings.database_url is None)
        yield connection
