"""Group commit: many events become one call of a script a shard, and are answered when Redis has it on disk."""

import asyncio
from collections.abc import Iterable, Sequence

from redis.asyncio import Redis

from adserver.counting import keys
from adserver.counting.batch import Done
from adserver.counting.lane import Lane
from adserver.counting.scripts import Commit, CommitByClient, CommitByLane
from adserver.counting.shard import Shard
from adserver.counting.sighting import Outcome, Sighting

_OUTCOMES = {ord("0") + outcome: outcome for outcome in Outcome}


class Unavailable(Exception):
    """The event could not be made durable, or is not known to be; sending it again is safe."""


class GroupCommit:
    """Adds events to Redis, a batch a shard at a time; answered means durable there.

    A batch whose reply was lost is sent again under its number until Redis has answered, so it counts once. While
    Redis is away, waiting requests are refused after PATIENCE_SECONDS and new ones at once.
    """

    def __init__(self, redis: Redis, writer: int, seen_seconds: int, replicas: int = 0) -> None:
        self._lane = Lane(redis) if isinstance(redis, Redis) else None
        self._commit: Commit = CommitByLane(self._lane, replicas) if self._lane else CommitByClient(redis, replicas)
        self._writer = writer
        self._own_shard = keys.shard_of_issuer(writer)
        self._seen_seconds = seen_seconds
        self._shards: dict[int, Shard] = {}
        self.own: Shard | None = None
        """The shard that `add` counts in, once it has."""

    def send(self, sightings: Sequence[Sighting], done: Done) -> None:
        """Count sightings of one shard, all ads' or all views', and tell `done` when they are durable."""
        self.shard(sightings[0].shard).send(sightings, done)

    async def submit(self, sightings: Sequence[Sighting]) -> list[Outcome]:
        """Count as `send` does; return when the sightings are durable. Raises Unavailable."""
        answer: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self.send(sightings, lambda digits: None if answer.done() else answer.set_result(digits))
        digits = await answer
        if digits is None:
            raise Unavailable
        return [_OUTCOMES[digit] for digit in digits]

    def add(self, fields: Iterable[bytes]) -> None:
        """Count without a token (requests, refused events), one for each field; travels with a later batch, and nobody
        waits."""
        if self.own is None:
            self.own = self.shard(self._own_shard)
        self.own.add(fields)

    def is_away(self) -> bool:
        """Say whether a batch is waiting for Redis to come back."""
        return any(shard.is_away for shard in self._shards.values())

    async def close(self) -> None:
        """Send what is left, for as long as requests would wait, then stop."""
        await asyncio.gather(*(shard.close() for shard in self._shards.values()))
        if self._lane is not None:
            await self._lane.close()

    def shard(self, number: int) -> Shard:
        """Return a shard's queue."""
        shard = self._shards.get(number)
        if shard is None:
            shard = Shard(self._commit, number, self._writer, self._seen_seconds)
            self._shards[number] = shard
        return shard
