"""The Lua scripts, which Redis runs whole or not at all."""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Protocol, cast

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import NoScriptError, RedisError

from adserver.counting.batch import Done
from adserver.counting.lane import Argument, Command, Lane

HELD_MILLISECONDS = 500
"""How long a batch of events waits for replicas: less than the client waits for a reply."""


class NotReplicated(RedisError):
    """Too few replicas have the batch; sending it again is safe."""


class Script:
    """A script that Redis knows by its hash; sent whole when it does not know it yet."""

    def __init__(self, name: str) -> None:
        self._text = (files(__package__) / name).read_text()
        self._sha = hashlib.sha1(self._text.encode()).hexdigest()  # noqa: S324 - Redis' own name for it

    def known(self, keys: Sequence[bytes], arguments: Sequence[Argument]) -> Command:
        """Return the command that runs the script by its hash."""
        return ("EVALSHA", self._sha, len(keys), *keys, *arguments)

    def whole(self, keys: Sequence[bytes], arguments: Sequence[Argument]) -> Command:
        """Return the command that runs the script and teaches it."""
        return ("EVAL", self._text, len(keys), *keys, *arguments)

    async def __call__(self, redis: Redis, keys: Sequence[bytes], arguments: Sequence[Argument] = ()) -> Any:
        """Run the script on the keys, which are all of one shard."""
        try:
            return await redis.evalsha(self._sha, len(keys), *keys, *arguments)
        except NoScriptError:
            return await redis.eval(self._text, len(keys), *keys, *arguments)

    async def then(
        self, redis: Redis, keys: Sequence[bytes], arguments: Sequence[Argument], command: Command
    ) -> tuple[Any, Any]:
        """Run the script, which may be run twice, and next a command of its connection, as WAIT and WAITAOF are.

        Returns both replies; that of the command may be a RedisError. Raises RedisError where the script failed.
        """
        reply, reached = await _on_one_connection(redis, keys[0], self.known(keys, arguments), command)
        if isinstance(reply, NoScriptError):
            reply, reached = await _on_one_connection(redis, keys[0], self.whole(keys, arguments), command)
        if not isinstance(reply, RedisError):
            return reply, reached
        if isinstance(redis, RedisCluster):
            # Only from a single command does the client learn that the shard has moved or its node is down.
            await self(redis, keys, arguments)
        raise reply


async def _on_one_connection(redis: Redis, key: bytes, *commands: Command) -> list[Any]:
    """Send commands to the node that has the key; return the replies, errors among them."""
    if isinstance(redis, RedisCluster):
        await redis.initialize()
        node = redis.get_node_from_key(key)
        redirected = redis.pipeline()
        for command in commands:
            redirected.execute_command(*command, target_nodes=node)
        return await redirected.execute(raise_on_error=False, allow_redirections=False)
    pipeline = redis.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    return await pipeline.execute(raise_on_error=False)


COMMIT = Script("commit.lua")
CLAIM = Script("claim.lua")
RELEASE = Script("release.lua")


class Commit(Protocol):
    """Adds batches of events."""

    def begin(self, keys: Sequence[bytes], arguments: Sequence[Argument], done: Done) -> bool:
        """Add a batch and tell `done` what came of it, None where that is not known. Returns False, and does nothing,
        where it has to be called instead."""

    async def __call__(self, keys: Sequence[bytes], arguments: Sequence[Argument]) -> bytes:
        """Add a batch and return what came of it, once enough replicas have it. Raises RedisError or OSError."""


class CommitByClient:
    """Commits by the client's own way, which finds a shard's node in a cluster."""

    def __init__(self, redis: Redis, replicas: int) -> None:
        self._redis = redis
        self._replicas = replicas

    def begin(self, keys: Sequence[bytes], arguments: Sequence[Argument], done: Done) -> bool:
        """Commit's; the client has no way without a task."""
        return False

    async def __call__(self, keys: Sequence[bytes], arguments: Sequence[Argument]) -> bytes:
        """Commit's."""
        if self._replicas == 0:
            return cast(bytes, await COMMIT(self._redis, keys, arguments))
        return _held(*await COMMIT.then(self._redis, keys, arguments, _wait_for(self._replicas)), self._replicas)


class CommitByLane:
    """Commits by a connection that batches have for themselves."""

    def __init__(self, lane: Lane, replicas: int) -> None:
        self._lane = lane
        self._replicas = replicas
        self._waits = [_wait_for(replicas)] if replicas else []

    def begin(self, keys: Sequence[bytes], arguments: Sequence[Argument], done: Done) -> bool:
        """Commit's."""

        def finish(replies: list[Any] | RedisError) -> None:
            try:
                outcome: bytes | None = self._outcome(replies)
            except RedisError:
                outcome = None
            done(outcome)

        return self._lane.begin([COMMIT.known(keys, arguments), *self._waits], finish)

    async def __call__(self, keys: Sequence[bytes], arguments: Sequence[Argument]) -> bytes:
        """Commit's."""
        replies = await self._lane.call(COMMIT.known(keys, arguments), *self._waits)
        if isinstance(replies[0], NoScriptError):
            replies = await self._lane.call(COMMIT.whole(keys, arguments), *self._waits)
        return self._outcome(replies)

    def _outcome(self, replies: list[Any] | RedisError) -> bytes:
        if isinstance(replies, RedisError):
            raise replies
        outcome, *held = replies
        if isinstance(outcome, RedisError):
            raise outcome
        return _held(outcome, held[0], self._replicas) if held else cast(bytes, outcome)


def _wait_for(replicas: int) -> Command:
    return ("WAIT", replicas, HELD_MILLISECONDS)


def _held(outcome: bytes, held: int | RedisError, replicas: int) -> bytes:
    if isinstance(held, RedisError):
        raise held
    if held < replicas:
        raise NotReplicated(f"{held} of {replicas} replicas have a batch of events")
    return outcome
