"""What a change of one campaign costs a worker that serves: `python -m tests.benchmarks.change [--campaigns 20000]`.

In one process, as in a worker: the inventory is followed as `adserver.app` does, and the loop's delay is how much later
than asked a timer of 1 ms came. Then a campaign is paused in Postgres, several times.
"""

import argparse
import asyncio
import re
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import asyncpg

from adserver.decision import NO_PACES
from adserver.delivery.context import Snapshot
from adserver.embedded import EmbeddedPostgres
from adserver.inventory.apply import apply_file
from adserver.inventory.kept import keep
from adserver.inventory.model import Inventory, Status
from adserver.inventory.watch import watch_inventory
from adserver.schema import migrate
from adserver.settings import read_settings
from tests.benchmarks.inventory import write_inventory

TICK_SECONDS = 0.001
CHANGES = 5


class Loop:
    """The delays of the event loop since they were asked for last.

    On a machine that is busy with something else, a process waits for a processor too: so a delay counts as no longer
    than the processor time that the process took meanwhile, on all its threads.
    """

    def __init__(self) -> None:
        self._delays: list[float] = []

    async def watch(self) -> None:
        while True:
            due, busy = time.perf_counter() + TICK_SECONDS, time.process_time()
            await asyncio.sleep(TICK_SECONDS)
            self._delays.append(min(time.perf_counter() - due, time.process_time() - busy))

    def delays(self) -> str:
        delays, self._delays = self._delays, []
        ordered = quantiles(delays, n=1000) if len(delays) > 1 else [0] * 999
        return f"p50 {ordered[499] * 1e3:.2f}, p99 {ordered[989] * 1e3:.2f}, worst {max(delays) * 1e3:.2f} ms"


async def follow(postgres_url: str, folder: Path, changes: int) -> None:
    settings = read_settings({"ADSERVER_DATABASE_URL": postgres_url, "ADSERVER_SECRET_KEY": "b" * 32})
    loop, used = asyncio.get_running_loop(), asyncio.Event()
    snapshots: list[Snapshot] = []

    def use(inventory: Inventory) -> None:
        now, before = datetime.now(UTC), snapshots[-1] if snapshots else None
        snapshot = Snapshot.of(inventory, now, before)
        snapshot.index.prepare(now, NO_PACES)
        snapshots[:] = [snapshot]
        loop.call_soon_threadsafe(used.set)
        if before is not None:
            before.index.forget()
        keep(inventory, folder / "kept")

    lag = Loop()
    tasks = [asyncio.create_task(work) for work in (watch_inventory(settings, use, lambda: None), lag.watch())]
    started = time.perf_counter()
    await used.wait()
    print(f"first read: {time.perf_counter() - started:.2f} s, {lag.delays()}, {resident():.0f} MB", flush=True)
    await asyncio.sleep(3)
    print(f"quiet: {lag.delays()}", flush=True)
    connection = await asyncpg.connect(postgres_url)
    for number in range(changes):
        used.clear()
        status = Status.PAUSED if number % 2 == 0 else Status.ACTIVE
        started = time.perf_counter()
        await connection.execute("update campaign set status = $1 where key = 'kampanya-7'", status)
        await used.wait()
        reached = time.perf_counter() - started
        await asyncio.sleep(3)
        print(f"change: reached the worker after {reached:.2f} s; {lag.delays()}", flush=True)
    await connection.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(f"memory: {resident():.0f} MB, at most {resident('VmHWM'):.0f} MB")


def resident(line: str = "VmRSS") -> float:
    """Megabytes. Not by `getrusage`, which counts what the process was before its program was started."""
    [kilobytes] = re.findall(rf"^{line}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(kilobytes) / 1024


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--campaigns", type=int, default=20_000)
    parser.add_argument("--changes", type=int, default=CHANGES)
    parser.add_argument("--database", help="the address of one that has them already")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="adserver-benchmark-"))
    folder.chmod(0o711)
    try:
        if options.database:
            await follow(options.database, folder, options.changes)
        else:
            await prepare_and_follow(folder, options)
    finally:
        shutil.rmtree(folder)


async def prepare_and_follow(folder: Path, options: argparse.Namespace) -> None:
    """In a process of its own, whose memory holds nothing of the preparation."""
    postgres = EmbeddedPostgres(folder)
    url = await postgres.start()
    try:
        connection = await asyncpg.connect(url)
        await migrate(connection)
        await apply_file(connection, write_inventory(folder, options.campaigns), prune=False, dry_run=False)
        await connection.close()
        command = (sys.executable, "-m", __spec__.name, "--database", url, "--changes", str(options.changes))
        await (await asyncio.create_subprocess_exec(*command)).wait()
    finally:
        await postgres.stop()


if __name__ == "__main__":
    asyncio.run(main())
