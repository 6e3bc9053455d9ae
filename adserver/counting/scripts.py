"""The Lua scripts, which Redis runs whole or not at all."""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

Argument = bytes | str | int


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


COMMIT = Script("commit.lua")
CLAIM = Script("claim.lua")
RELEASE = Script("release.lua")
