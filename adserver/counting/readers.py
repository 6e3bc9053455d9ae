"""Readers told apart for a day and no longer: a keyed hash, whose key is shared by the workers and then destroyed."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple, cast

from redis.asyncio import Redis

from adserver.counting import keys

WINDOW = timedelta(minutes=30)
SECRET_SECONDS = 36 * 3600
"""From the first use on its day: long enough for the night after it, and gone well within 48 hours."""


class Reader(NamedTuple):
    """A reader on a day. `name` tells readers of a site apart, the marks those of one article: today's, and within
    WINDOW after midnight the one that yesterday's key gives."""

    name: bytes
    mark: bytes
    former_mark: bytes | None


def truncated(address: str) -> str:
    """Return the address's network, IPv4 /24 or IPv6 /48; "" for what is no address."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    length = 24 if parsed.version == 4 else 48
    return str(ip_network((parsed, length), strict=False).network_address)


def reader_hash(secret: bytes, *parts: str) -> bytes:
    """Return 96 bits as hexadecimal that name the parts for whoever has the secret, and nothing to anybody else."""
    state = hashlib.blake2b(key=secret, digest_size=12, person=b"adserver-reader1")
    for part in parts:
        encoded = part.encode()
        state.update(len(encoded).to_bytes(4) + encoded)
    return state.hexdigest().encode()


class ReaderSecrets:
    """The days' keys, as Redis hands them out; this worker forgets them as Redis does."""

    def __init__(self, redis: Redis, draw: Callable[[], bytes] = lambda: secrets.token_bytes(32)) -> None:
        self._redis = redis
        self._draw = draw
        self._secrets: dict[date, bytes] = {}

    async def reader(self, now: datetime, site_id: int, article: str, address: str, user_agent: str) -> Reader:
        """Return an article's reader; `now` is in the site's zone. Raises RedisError while a new key cannot be had."""
        today = now.date()
        secret = await self._of(today)
        who = (str(site_id), truncated(address), user_agent)
        name, mark = reader_hash(secret, *who), reader_hash(secret, *who, article)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if now - midnight >= WINDOW:
            return Reader(name, mark, None)
        return Reader(name, mark, reader_hash(await self._of(today - timedelta(days=1)), *who, article))

    async def _of(self, day: date) -> bytes:
        secret = self._secrets.get(day)
        if secret is None:
            secret = await self._fetch(day)
            self._secrets[day] = secret
            for old in [known for known in self._secrets if known < day - timedelta(days=1)]:
                del self._secrets[old]
        return secret

    async def _fetch(self, day: date) -> bytes:
        key = keys.reader_secret(day)
        await self._redis.set(key, self._draw(), nx=True, ex=SECRET_SECONDS)
        return cast(bytes, await self._redis.get(key))
