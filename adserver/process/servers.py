"""Which servers are used: those of the settings, and embedded ones in the place of those that are not set."""

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import replace

from adserver.embedded.directory import DataDirectory, data_directory, locked
from adserver.embedded.errors import DirectoryInUseError
from adserver.embedded.postgres import EmbeddedPostgres, postgres_dsn
from adserver.embedded.valkey import EmbeddedValkey, valkey_url
from adserver.process.keep import Part
from adserver.settings import Settings

_WAIT_SECONDS = 30.0
_POLL_SECONDS = 0.05


@contextlib.asynccontextmanager
async def started_servers(settings: Settings, directory: DataDirectory) -> AsyncIterator[tuple[Settings, list[Part]]]:
    """Run the embedded servers that the settings need. The caller holds the lock of the directory.

    Yields settings in which both addresses and the secret are set, and the servers that were started.
    """
    settings = with_secret(settings, directory)
    parts: list[Part] = []
    try:
        if settings.database_url is None:
            parts.append(postgres := EmbeddedPostgres(directory.path))
            settings = replace(settings, database_url=await postgres.start())
        if settings.redis_url is None:
            parts.append(valkey := EmbeddedValkey(directory.path))
            settings = replace(settings, redis_url=await valkey.start())
        yield settings, parts
    finally:
        await asyncio.gather(*(part.stop() for part in parts))


@contextlib.asynccontextmanager
async def reachable_servers(settings: Settings) -> AsyncIterator[Settings]:
    """The servers for a single command: a running service's where there is one, else started for the command."""
    if settings.database_url is not None and settings.redis_url is not None:
        yield settings
        return
    directory = data_directory(settings.data_dir)
    async with contextlib.AsyncExitStack() as stack:
        if await _is_served(stack, directory, settings):
            database_url = settings.database_url or postgres_dsn(directory)
            redis_url = settings.redis_url or valkey_url(directory)
            yield with_secret(replace(settings, database_url=database_url, redis_url=redis_url), directory)
        else:
            settings, _ = await stack.enter_async_context(started_servers(settings, directory))
            yield settings


def with_secret(settings: Settings, directory: DataDirectory) -> Settings:
    """The settings with the secret of the data directory, made where there is none, unless they have their own."""
    if settings.secret_key is not None:
        return settings
    with contextlib.suppress(FileExistsError):
        file = os.open(directory.secret_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(file, f"{secrets.token_urlsafe(32)}\n".encode())
        os.close(file)
    return replace(settings, secret_key=directory.secret_key.read_text().strip())


async def _is_served(stack: contextlib.AsyncExitStack, directory: DataDirectory, settings: Settings) -> bool:
    """Whether a service runs whose servers have sockets; otherwise the lock is ours until the stack ends.

    A service that is just starting or stopping is waited for.
    """
    sockets = [directory.postgres_socket] if settings.database_url is None else []
    sockets += [directory.valkey_socket] if settings.redis_url is None else []
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            stack.enter_context(locked(directory))
        except DirectoryInUseError:
            if all(socket.exists() for socket in sockets):
                return True
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(_POLL_SECONDS)
        else:
            return False
