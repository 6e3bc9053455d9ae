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


def _days(now: datetime) -> list[date]:
    """The days of which a reader's marks may be: today, and within WINDOW after midnight yesterday."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = now.date()
    return [today] if now - midnight >= WINDOW else [today, today - timedelta(days=1)]


class ReaderSecrets:
    """The days' keys, as Redis hands them out; this worker forgets them as Redis does."""

    def __init__(self, redis: Redis, draw: Callable[[], bytes] = lambda: secrets.token_bytes(32)) -> None:
        self._redis = redis
        self._draw = draw
        self._secrets: dict[date, bytes] = {}

    async def prepare(self, now: datetime) -> None:
        """Have the keys that `reader` needs at `now`. Raises RedisError while a new key cannot be had."""
        for day in _days(now):
            await self._have(day)

    def is_prepared(self, now: datetime) -> bool:
        """Say whether `reader` can be asked at `now`."""
        return all(day in self._secrets for day in _days(now))

    def reader(self, now: datetime, site_id: int, article: str, address: str, user_agent: str) -> Reader:
        """Return an article's reader; `now` is in the site's zone, and its keys are prepared."""
        who = (str(site_id), truncated(address), user_agent)
        marks = [reader_hash(self._secrets[day], *who, article) for day in _days(now)]
        return Reader(reader_hash(self._secrets[now.date()], *who), marks[0], marks[1] if len(marks) > 1 else None)

    async def _have(self, day: date) -> None:
        if day not in self._secrets:
            self._secrets[day] = await self._fetch(day)
            for old in [known for known in self._secrets if known < day - timedelta(days=1)]:
                del self._secrets[old]

    async def _fetch(self, day: date) -> bytes:
        key = keys.reader_secret(day)
        await self._redis.set(key, self._draw(), nx=True, ex=SECRET_SECONDS)
        return cast(bytes, await self._redis.get(key))
