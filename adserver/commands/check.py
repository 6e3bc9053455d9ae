"""`adserver check`."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from typing import cast

import click
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from adserver.commands.faults import Fault
from adserver.commands.findings import Finding, clock, postgres_version, redis_settings, redis_version, weights
from adserver.commands.setup import connected
from adserver.connections import POSTGRES_FAILURES, Connection, open_redis
from adserver.counting import keys
from adserver.embedded.errors import EmbeddedError
from adserver.planner.blob import UnreadableBlob, published_at
from adserver.process.log import configure_logging
from adserver.process.servers import reachable_servers
from adserver.schema import SchemaError, pending_migrations
from adserver.settings import Settings, SettingsError, read_settings, unknown_settings


@click.command()
def check() -> None:
    """Say what is wrong with the configuration, the connections, the schema and the clocks, a line each."""
    findings, settings = _configuration()
    if settings is not None:
        configure_logging(settings.log_level, "adserver")
        findings += asyncio.run(_servers(settings))
    for finding in findings:
        click.echo(str(finding))
    if not all(finding.is_ok for finding in findings):
        raise click.exceptions.Exit(1)


def _configuration() -> tuple[list[Finding], Settings | None]:
    findings = [Finding(False, "configuration", f"{name}: no such setting") for name in unknown_settings(os.environ)]
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        return [*findings, *(Finding(False, "configuration", line) for line in str(error).splitlines())], None
    return findings or [Finding(True, "configuration", "every setting can be read")], settings


async def _servers(settings: Settings) -> list[Finding]:
    try:
        async with reachable_servers(settings) as complete:
            return [*await _postgres(complete), *await _redis(complete)]
    except EmbeddedError as error:
        return [Finding(False, "embedded servers", str(error))]


async def _postgres(settings: Settings) -> list[Finding]:
    try:
        async with connected(settings) as connection:
            version = await connection.fetchval("select current_setting('server_version_num')::integer")
            before, theirs, after = _now(), await connection.fetchval("select clock_timestamp()"), _now()
            return [postgres_version(version), await _schema(connection), clock("Postgres", theirs, before, after)]
    except (Fault, *POSTGRES_FAILURES) as error:
        return [Finding(False, "Postgres", str(error))]


async def _schema(connection: Connection) -> Finding:
    try:
        pending = await pending_migrations(connection)
    except SchemaError as error:
        return Finding(False, "schema", str(error))
    text = f"lacks {', '.join(pending)}: run adserver migrate" if pending else "up to date"
    return Finding(not pending, "schema", text)


async def _redis(settings: Settings) -> list[Finding]:
    try:
        async with open_redis(settings) as redis:
            version = redis_version(await redis.info("server"))
            before, (seconds, micros), after = _now(), await redis.time(), _now()
            theirs = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros)
            clocks = clock("Redis", theirs, before, after)
            return [version, *redis_settings(await _config(redis)), clocks, await _weights(redis)]
    except (RedisError, OSError) as error:
        return [Finding(False, "Redis", str(error))]


async def _weights(redis: Redis) -> Finding:
    blob = await redis.get(keys.paces())
    try:
        return weights(None if blob is None else _now() - published_at(cast(bytes, blob)))
    except UnreadableBlob as error:
        return Finding(False, "planner", f"{error}: all of a fleet must be of one version")


async def _config(redis: Redis) -> dict[str, str]:
    """The settings, or nothing where CONFIG is not allowed, as with hosted servers."""
    try:
        settings = await redis.config_get("append*", "maxmemory-policy")
    except ResponseError:
        return {}
    return {str(name): str(value) for name, value in settings.items()}


def _now() -> datetime:
    return datetime.now(UTC)
