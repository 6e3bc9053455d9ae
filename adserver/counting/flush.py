"""From Redis to Postgres, shard by shard: claim a batch, fence it, store it once, release it."""

import logging
from collections.abc import Mapping
from typing import cast
from uuid import UUID, uuid4

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from adserver.connections import Connection
from adserver.counting import keys
from adserver.counting.counter import AnyCounter, decode
from adserver.counting.ledger import store_batch
from adserver.counting.scripts import CLAIM, RELEASE

logger = logging.getLogger(__name__)

ID_FIELD = b"id"
FENCE_MILLISECONDS = 5_000


class FenceFailed(Exception):
    """The claim could not be shown to be on Redis' disk; the batch stays where it is and is tried again."""


async def flush_all(redis: Redis, connection: Connection) -> int:
    """Flush every shard once; return how many counters were stored. Killed anywhere, the next call carries on."""
    return sum([await flush_shard(redis, connection, shard) for shard in range(keys.SHARDS)])


async def flush_shard(redis: Redis, connection: Connection, shard: int) -> int:
    """Flush one shard's batch, claiming a new one where none is left over; return how many counters were stored."""
    batch = keys.batch(shard)
    claimed = await redis.register_script(CLAIM)([keys.live(shard), batch], [str(uuid4())])
    if claimed is None:
        return 0
    await _fence(redis)
    counts = await _read(redis, batch)
    is_new = await store_batch(connection, UUID(claimed.decode()), counts)
    await redis.register_script(RELEASE)([batch], [claimed])
    return len(counts) if is_new else 0


async def _fence(redis: Redis) -> None:
    """Wait until the claim is on disk: a Redis that came back without it would offer stored counts a second time."""
    try:
        on_disk, _ = await redis.execute_command("WAITAOF", 1, 0, FENCE_MILLISECONDS)  # type: ignore[no-untyped-call]
    except ResponseError as error:
        # Redis before 7.2 has no WAITAOF: `appendfsync always`, which `adserver check` asks for, does the same.
        # Without an append-only file there is no disk to wait for, and `adserver check` says so.
        logger.debug("no fence: %s", error)
        return
    if on_disk < 1:
        raise FenceFailed(f"Redis did not confirm the batch on disk within {FENCE_MILLISECONDS} ms")


async def _read(redis: Redis, batch: bytes) -> Mapping[AnyCounter, int]:
    fields = cast(dict[bytes, bytes], await redis.hgetall(batch))
    return {decode(field): int(amount) for field, amount in fields.items() if field != ID_FIELD}
