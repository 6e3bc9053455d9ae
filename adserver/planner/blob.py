"""Weights as the bytes that lie in Redis: small, and read by a worker within a millisecond or two."""

import struct
from array import array
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from adserver.decision.pace import Paces
from adserver.inventory.model import CampaignId, CreativeId

_HEAD = struct.Struct("<4sQQII")
_MAGIC = b"pac2"
_IDS, _WEIGHTS, _SHARES = "I", "d", "f"
"""Weights of campaigns need double precision: where most of what is booked cannot be had they are e^100 and more, and
only their ratios say who is shown."""
_BYTES = {code: array(code).itemsize for code in (_IDS, _WEIGHTS, _SHARES)}
_SLICE = 4096
assert list(_BYTES.values()) == [4, 8, 4]  # noqa: S101 - on every platform we know of

Id = TypeVar("Id", bound=int)


class UnreadableBlob(ValueError):
    """Not what `encode` makes: from another version, or damaged."""


class Published(NamedTuple):
    """Weights, and when they were worked out, to the millisecond."""

    paces: Paces
    at: datetime


def encode(paces: Paces, at: datetime) -> bytes:
    """Return a head of 28 bytes, 12 a campaign and 8 a creative, little-endian on every machine we run on."""
    head = _HEAD.pack(
        _MAGIC, paces.version, int(at.timestamp() * 1000), len(paces.campaigns), len(paces.creatives)
    )  # fmt: skip
    return head + _columns(paces.campaigns, _WEIGHTS) + _columns(paces.creatives, _SHARES)


def decode(blob: bytes) -> Published:
    """Return what was encoded; 20,000 campaigns take 2 ms, 60,000 creatives more 10 ms. Raises UnreadableBlob."""
    version, millis, campaigns, creatives = _head(blob)
    rest = memoryview(blob)[_HEAD.size :]
    split = campaigns * (_BYTES[_IDS] + _BYTES[_WEIGHTS])
    if len(rest) != split + creatives * (_BYTES[_IDS] + _BYTES[_SHARES]):
        raise UnreadableBlob(f"{len(blob)} bytes for {campaigns} campaigns and {creatives} creatives")
    weights: dict[CampaignId, float] = _mapping(rest[:split], _WEIGHTS)
    shares: dict[CreativeId, float] = _mapping(rest[split:], _SHARES)
    return Published(Paces(version, weights, shares), datetime.fromtimestamp(millis / 1000, UTC))


def version_of(blob: bytes) -> int:
    """Return the version alone. Raises UnreadableBlob."""
    return _head(blob)[0]


def published_at(blob: bytes) -> datetime:
    """Return the time alone. Raises UnreadableBlob."""
    return datetime.fromtimestamp(_head(blob)[1] / 1000, UTC)


def _head(blob: bytes) -> tuple[int, int, int, int]:
    if len(blob) < _HEAD.size or not blob.startswith(_MAGIC):
        raise UnreadableBlob("these are no weights of this version")
    _, version, millis, campaigns, creatives = _HEAD.unpack_from(blob)
    return version, millis, campaigns, creatives


def _columns(weights: Mapping[Id, float], code: str) -> bytes:
    return array(_IDS, weights.keys()).tobytes() + array(code, weights.values()).tobytes()


def _mapping(columns: memoryview, code: str) -> dict[Id, float]:
    split = len(columns) // (_BYTES[_IDS] + _BYTES[code]) * _BYTES[_IDS]
    ids, weights = array(_IDS), array(code)
    ids.frombytes(columns[:split])
    weights.frombytes(columns[split:])
    mapping: dict[Id, float] = {}
    for start in range(0, len(ids), _SLICE):  # so that a thread that decodes lets the loop have its turn
        part = slice(start, start + _SLICE)
        mapping.update(zip(ids[part], weights[part], strict=True))  # type: ignore[arg-type]  # ids as they were
    return mapping
