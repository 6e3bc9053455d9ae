"""The whole service under one supervisor: embedded servers, schema, listening socket, and the processes."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from adserver.connections import CONNECT_SECONDS
from adserver.embedded.directory import data_directory, locked
from adserver.process.listening import ListenError, address_url, listen
from adserver.process.processes import Launch, run_processes
from adserver.process.servers import started_servers
from adserver.schema import ensure_schema, migrate
from adserver.settings import Settings

# Orphans of a killed supervisor notice at once, and free the port within their grace.
_PORT_SECONDS = 10.0
_POLL_SECONDS = 0.05


async def nothing(_settings: Settings, _address: str) -> None:
    """Prepare nothing."""


def nobody(_address: str) -> Sequence[str]:
    """Run nothing beside the service."""
    return ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is special to the command that runs the service.

    `app` is the factory of the web application, `flusher` and `planner` are those processes' modules. `prepare` gets
    complete settings and our address before the workers start, `announce` the address once it answers. `beside` names
    a module and its arguments, by our address, that runs until the service stops.
    """

    announce: Callable[[str], None]
    app: str = "adserver.app:create_app"
    flusher: str = "adserver.counting.flusher"
    planner: str = "adserver.planner.process"
    migrate: bool = False
    prepare: Callable[[Settings, str], Awaitable[None]] = nothing
    beside: Callable[[str], Sequence[str]] = nobody


async def run_service(settings: Settings, environment: Mapping[str, str], plan: Plan) -> None:
    """Run the service until SIGTERM, SIGINT or SIGHUP, then stop it with everything counted in Postgres.

    Raises StartError, ListenError, EmbeddedError, SchemaError, OSError or asyncpg.PostgresError when it cannot start.
    """
    directory = data_directory(settings.data_dir)
    with contextlib.suppress(asyncio.CancelledError), locked(directory) as was_killed:
        _cancel_on_signal()
        with await _listen(settings, _PORT_SECONDS if was_killed else 0.0) as listening:
            address = address_url(listening)
            async with started_servers(settings, directory) as (complete, servers):
                is_embedded = settings.database_url is None
                await _prepare_schema(complete, may_migrate=plan.migrate, may_create=is_embedded)
                await plan.prepare(complete, address)
                launch = Launch(
                    plan.app, plan.flusher, plan.planner, plan.beside(address), environment, listening, directory
                )
                await run_processes(complete, launch, servers, lambda: plan.announce(address))


def _cancel_on_signal() -> None:
    """Let a signal cancel the current task, once: what then stops the service is not interrupted."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None  # noqa: S101
    signals = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup sets it
        signals.append(signal.SIGHUP)

    def stop() -> None:
        if not task.cancelling():
            task.cancel()

    for number in signals:
        loop.add_signal_handler(number, stop)


async def _listen(settings: Settings, patience: float) -> socket.socket:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while True:
        try:
            return listen(settings.host, settings.port)
        except ListenError:
            if loop.time() >= deadline:
                raise
        await asyncio.sleep(_POLL_SECONDS)


async def _prepare_schema(settings: Settings, *, may_migrate: bool, may_create: bool) -> None:
    connection = await asyncpg.connect(settings.database_url, timeout=CONNECT_SECONDS)
    try:
        if may_migrate:
            await migrate(connection)
        else:
            await ensure_schema(connection, may_create=may_create)
    finally:
        await connection.close()
