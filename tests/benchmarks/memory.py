"""What an event's bit costs in Redis: an hour of 1,000 decisions a second, all of whose events come back, or a quarter.

    python -m tests.benchmarks.memory [--decisions 3600000] [--workers 4]

The bits are set as `commit.lua` sets them, a batch a pipeline: memory is what is measured, not speed.
"""

import argparse
import asyncio
import random
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from redis.asyncio import Redis

from adserver.counting import keys
from adserver.embedded import EmbeddedValkey

GOAL_BYTES = 2.0
SECONDS_KEPT = 4_000
BATCH = 5_000


class Case(NamedTuple):
    """`share` of the decisions' events come back, from tokens of `issuers`."""

    name: str
    share: float
    issuers: int


async def used(redis: Redis) -> int:
    return int((await redis.info("memory"))["used_memory"])


async def set_bits(redis: Redis, case: Case, decisions: int, chance: random.Random) -> int:
    """Set the bits of one kind of event, in the order in which the decisions were made; return how many."""
    count = 0
    pipeline = redis.pipeline(transaction=False)
    for number in range(decisions):
        if chance.random() >= case.share:
            continue
        issuer, sequence = (number % case.issuers) + 2**63, number // case.issuers
        block, bit = divmod(sequence, keys.BLOCK_BITS)
        pipeline.setbit(keys.seen(keys.shard_of_issuer(issuer), issuer, block, "i"), bit, 1)
        count += 1
        if count % BATCH == 0:
            await pipeline.execute()
    await pipeline.execute()
    return count


async def expire_all(redis: Redis) -> None:
    for key in await redis.keys():
        await redis.expire(key, SECONDS_KEPT)


async def measure(redis: Redis, case: Case, decisions: int) -> None:
    await redis.flushall()
    before = await used(redis)
    events = await set_bits(redis, case, decisions, random.Random(1))
    await expire_all(redis)
    taken = await used(redis) - before
    print(
        f"{case.name:40} {decisions:>10,} {events:>10,} {await redis.dbsize():>6,} {taken / 1e6:>7.2f} "
        f"{taken / decisions:>15.3f} {taken / events:>12.3f}",
        flush=True,
    )


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--decisions", type=int, default=3_600_000)
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="adserver-benchmark-"))
    valkey = EmbeddedValkey(folder)
    async with Redis.from_url(await valkey.start()) as redis:
        await redis.config_set("appendonly", "no")
        cases = (
            Case("all come back", 1.0, options.workers),
            Case("a quarter comes back", 0.25, options.workers),
            Case("a quarter, of sixty times the workers", 0.25, options.workers * 60),
        )
        print(f"goal: under {GOAL_BYTES:g} bytes a decision and kind")
        print(
            f"{'':40} {'decisions':>10} {'events':>10} {'keys':>6} {'MB':>7} {'bytes/decision':>15} {'bytes/event':>12}"
        )
        for case in cases:
            await measure(redis, case, options.decisions)
    await valkey.stop()
    shutil.rmtree(folder)


if __name__ == "__main__":
    asyncio.run(main())
