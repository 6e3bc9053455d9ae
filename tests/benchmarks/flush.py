"""A flush of what piled up through an outage: 1,000,000 distinct counters from Valkey to Postgres by a flusher process.

    python -m tests.benchmarks.flush [--counters 1000000] [--rounds 2]

Both servers write to disk as in service. The second round adds to rows that the first one made.
"""

import argparse
import asyncio
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import asyncpg
from redis.asyncio import Redis

from adserver.counting import keys
from adserver.counting.counter import Counter, encode
from adserver.counting.events import Metric
from adserver.delivery.device import Device
from adserver.embedded import EmbeddedPostgres, EmbeddedValkey
from adserver.inventory.apply import apply_file
from adserver.inventory.folding import PROVINCES
from adserver.schema import migrate
from tests.benchmarks.inventory import write_inventory

CREATIVES = 360
SLOTS = 3
METRICS = (Metric.REQUEST, Metric.IMPRESSION, Metric.VIEWABLE, Metric.CLICK)
DEVICES = (Device.MOBILE, Device.DESKTOP, Device.TABLET)
FIRST_HOUR = 494_000
GOAL_SECONDS = 20
GOAL_MEGABYTES = 300
CHUNK = 5_000


class Flush(NamedTuple):
    """What a flusher process took: wall time, its own processor time, its peak of memory in MB."""

    seconds: float
    cpu_seconds: float
    megabytes: float


def counters() -> Iterator[Counter]:
    """Yield distinct counters, hour by hour, without end."""
    for hour in itertools.count(FIRST_HOUR):
        for creative, city, device, metric in itertools.product(range(CREATIVES), PROVINCES, DEVICES, METRICS):
            yield Counter(hour, 1 + creative % SLOTS, 1 + creative, metric, None, city, device)


async def fill(redis: Redis, count: int) -> None:
    """Spread the counters over the live hashes of all shards."""
    for shard in range(keys.SHARDS):
        await redis.hset(keys.live(shard), "id", str(uuid4()))
        mine = itertools.islice(counters(), shard, count, keys.SHARDS)
        while chunk := list(itertools.islice(mine, CHUNK)):
            await redis.hset(keys.live(shard), mapping={encode(counter): 7 for counter in chunk})


def flush(environment: dict[str, str]) -> Flush:
    """Run a flusher process to its end."""
    since = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "adserver.counting.flusher", "--once"], env={**os.environ, **environment}
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit("the flusher failed")
    unit = 1_000_000 if sys.platform == "darwin" else 1_000
    return Flush(time.monotonic() - since, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


async def measure(connection: asyncpg.Connection, redis: Redis, environment: dict[str, str], count: int) -> None:
    await fill(redis, count)
    taken = await asyncio.to_thread(flush, environment)
    hourly, total = await connection.fetchrow(
        "select count(*), sum(requests + impressions + viewable + clicks)::bigint from hourly"
    )
    daily = await connection.fetchval("select count(*) from daily")
    print(
        f"{count:>10,} {taken.seconds:>8.1f} {taken.cpu_seconds:>8.1f} {taken.megabytes:>8.0f} "
        f"{hourly:>9,} {daily:>9,} {total:>12,}",
        flush=True,
    )


async def prepare(connection: asyncpg.Connection, folder: Path) -> None:
    await migrate(connection)
    await apply_file(connection, write_inventory(folder, CREATIVES), prune=False, dry_run=False)


def new_folder() -> Path:
    """Return a folder that PostgreSQL's account may enter."""
    folder = Path(tempfile.mkdtemp(prefix="adserver-benchmark-"))
    folder.chmod(0o711)
    return folder


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--counters", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    folder = new_folder()
    postgres, valkey = EmbeddedPostgres(folder), EmbeddedValkey(folder)
    database_url, redis_url = await asyncio.gather(postgres.start(), valkey.start())
    try:
        connection = await asyncpg.connect(database_url)
        await prepare(connection, folder)
        environment = {
            "ADSERVER_DATABASE_URL": database_url,
            "ADSERVER_REDIS_URL": redis_url,
            "ADSERVER_SECRET_KEY": "b" * 32,
        }
        print(f"goal for 1,000,000: {GOAL_SECONDS} s, {GOAL_MEGABYTES} MB")
        print(f"{'counters':>10} {'s':>8} {'cpu s':>8} {'peak MB':>8} {'hourly':>9} {'daily':>9} {'counted':>12}")
        async with Redis.from_url(redis_url) as redis:
            for _ in range(options.rounds):
                await measure(connection, redis, environment, options.counters)
        await connection.close()
    finally:
        await asyncio.gather(postgres.stop(), valkey.stop())
        shutil.rmtree(folder)


if __name__ == "__main__":
    asyncio.run(main())
