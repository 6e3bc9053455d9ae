"""The Lua scripts, which Redis runs whole or not at all."""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, cast

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import NoScriptError, RedisError

Argument = bytes | str | int

HELD_MILLISECONDS = 500
"""How long a batch of events waits for replicas: less than the client waits for a reply."""


class NotReplicated(RedisError):
    """Too few replicas have the batch; sending it again is safe."""


class Script:
    """A script that Redis knows by its hash; sent whole when it does not know it yet."""

    def __init__(self, name: str) -> None:
        self._text = (files(__package__) / name).read_text()
        self._sha = hashlib.sha1(self._text.encode()).hexdigest()  # noqa: S324 - Redis' own name for it

    async def __call__(self, redis: Redis, keys: Sequence[bytes], arguments: Sequence[Argument] = ()) -> Any:
        """Run the script on the keys, which are all of one shard."""
        try:
            return await redis.evalsha(self._sha, len(keys), *keys, *arguments)
        except NoScriptError:
            return await redis.eval(self._text, len(keys), *keys, *arguments)

    async def then(
        self, redis: Redis, keys: Sequence[bytes], arguments: Sequence[Argument], command: Sequence[Argument]
    ) -> tuple[Any, Any]:
        """Run the script, which may be run twice, and next a command of its connection, as WAIT and WAITAOF are.

        Returns both replies; that of the command may be a RedisError. Raises RedisError where the script failed.
        """
        call = (len(keys), *keys, *arguments)
        reply, reached = await _on_one_connection(redis, keys[0], ("EVALSHA", self._sha, *call), command)
        if isinstance(reply, NoScriptError):
            reply, reached = await _on_one_connection(redis, keys[0], ("EVAL", self._text, *call), command)
        if not isinstance(reply, RedisError):
            return reply, reached
        if isinstance(redis, RedisCluster):
            # Only from a single command does the client learn that the shard has moved or its node is down.
            await self(redis, keys, arguments)
        raise reply


async def _on_one_connection(redis: Redis, key: bytes, *commands: Sequence[Argument]) -> list[Any]:
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


async def commit_on_replicas(
    redis: Redis, keys: Sequence[bytes], arguments: Sequence[Argument], replicas: int
) -> bytes:
    """Add a batch of events and return what came of them, once so many replicas have it. Raises RedisError."""
    if replicas == 0:
        return cast(bytes, await COMMIT(redis, keys, arguments))
    outcome, held = await COMMIT.then(redis, keys, arguments, ("WAIT", replicas, HELD_MILLISECONDS))
    if isinstance(held, RedisError):
        raise held
    if held < replicas:
        raise NotReplicated(f"{held} of {replicas} replicas have a batch of events")
    return cast(bytes, outcome)
