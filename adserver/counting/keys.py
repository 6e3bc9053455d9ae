"""Every Redis key, built here, with its expiry or the reason for none.

A shard's keys share a hash tag, so that one script may touch them on a cluster as well.
"""

from typing import NamedTuple

SHARDS = 16
"""Fixed for the life of the data: the shard of an issuer is found again from its number alone."""

BLOCK_BITS = 1 << 16
"""Sequence numbers a block: 8 KiB when full, and an idle worker's block holds no more than it used."""


class Block(NamedTuple):
    """The bits of one issuer's tokens of a run of sequence numbers, for one kind of event (its letter)."""

    issuer: int
    number: int
    kind: str


def shard_of(issuer: int) -> int:
    """Return the shard that all of an issuer's tokens are counted in."""
    return issuer % SHARDS


def seen(block: Block) -> bytes:
    """Bits of tokens seen. Expires when no token of the block can be valid any more."""
    return f"seen:{{{shard_of(block.issuer)}}}:{block.issuer:x}:{block.number:x}:{block.kind}".encode()


def live(shard: int) -> bytes:
    """Hash of counters being added to. No expiry: it is the only copy until it is flushed."""
    return f"live:{{{shard}}}".encode()


def batch(shard: int) -> bytes:
    """Hash of counters being flushed, with its id. No expiry, like `live`."""
    return f"batch:{{{shard}}}".encode()


def done(shard: int, writer: int) -> bytes:
    """A writer's last batch of events and what came of it. Expires when that batch can no longer be sent again."""
    return f"done:{{{shard}}}:{writer:x}".encode()
