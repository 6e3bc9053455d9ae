"""The processes of our own modules: web workers, the flusher, the planner, and what a command runs beside them."""

import asyncio
import contextlib
import functools
import logging
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead

from adserver.embedded.directory import DataDirectory
from adserver.process.keep import Child, Part, describe_exit, keep_running, running
from adserver.process.ready import wait_until_ready
from adserver.settings import PREFIX, Settings

_log = logging.getLogger(__name__)

_LAST_FLUSH_SECONDS = 30.0
# Planning is small: a second thread would gain nothing, and take the processor from a web worker.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


class StartError(Exception):
    """A process ended before the service was ready; the message is one line."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What is run, and what the processes inherit."""

    app: str
    flusher: str
    planner: str
    beside: Sequence[str]
    environment: Mapping[str, str]
    listening: socket.socket
    directory: DataDirectory


async def run_processes(
    settings: Settings, launch: Launch, servers: Sequence[Part], announce: Callable[[], None]
) -> None:
    """Run the processes, and keep them and the servers running, until cancelled.

    On the way out the workers finish what they answer, then what they counted is flushed. Raises StartError.
    """
    _empty(launch.directory.metrics)
    environment = child_environment(settings, launch)
    flusher = Child("flusher", (launch.flusher,), environment)
    planner = Child("planner", (launch.planner,), {**environment, **_ONE_THREAD})
    workers = [_worker(number, launch, environment) for number in range(1, settings.workers + 1)]
    beside = [Child(launch.beside[0], launch.beside, environment)] if launch.beside else []
    async with _last_flush(launch, environment), running([flusher, planner]), running(workers):
        with launch.listening:
            await _wait_until_ready(launch.listening, [*servers, flusher, planner, *workers])
            announce()
            async with running(beside):
                await _keep_running([*servers, flusher, planner, *workers, *beside], launch.directory)


def child_environment(settings: Settings, launch: Launch) -> dict[str, str]:
    """The environment of our processes: the supervisor's, with the servers and the secret that are really used."""
    used = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
    }
    ours = {PREFIX + name: value for name, value in used.items() if value is not None}
    return {**launch.environment, **ours, "PROMETHEUS_MULTIPROC_DIR": str(launch.directory.metrics)}


def _worker(number: int, launch: Launch, environment: Mapping[str, str]) -> Child:
    fd = launch.listening.fileno()
    arguments = ("adserver.process.worker", "--fd", str(fd), "--app", launch.app)
    return Child(f"web worker {number}", arguments, environment, fds=(fd,))


async def _wait_until_ready(listening: socket.socket, parts: Sequence[Part]) -> None:
    """Wait for readiness, or for a part that ends before: a fault at the start is not repaired by repeating it."""
    ready = asyncio.create_task(wait_until_ready(listening))
    ends = {asyncio.create_task(part.wait()): part for part in parts}
    try:
        await asyncio.wait({ready, *ends}, return_when=asyncio.FIRST_COMPLETED)
        for end, part in ends.items():
            if end.done():
                raise StartError(f"{part.name} ended before the service was ready ({describe_exit(end.result())})")
        await ready
    finally:
        for task in (ready, *ends):
            task.cancel()


async def _keep_running(parts: Sequence[Part], directory: DataDirectory) -> None:
    ended = functools.partial(mark_process_dead, path=str(directory.metrics))
    async with asyncio.TaskGroup() as keepers:
        for part in parts:
            keepers.create_task(keep_running(part, ended))


@contextlib.asynccontextmanager
async def _last_flush(launch: Launch, environment: Mapping[str, str]) -> AsyncIterator[None]:
    """In the end, flush once more: the flusher may have been waiting for another machine's."""
    try:
        yield
    except asyncio.CancelledError:
        flush = Child("last flush", (launch.flusher, "--once"), environment)
        async with running([flush]):
            with contextlib.suppress(TimeoutError):
                if await asyncio.wait_for(flush.wait(), _LAST_FLUSH_SECONDS) == 0:
                    raise
        _log.warning("the last flush failed: what was counted last stays in Redis until the next start")
        raise


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
