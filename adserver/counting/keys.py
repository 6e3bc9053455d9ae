"""Every Redis key, built here, with its expiry or the reason for none.

A shard's keys share a hash tag, so that one script may touch them on a cluster as well.
"""

from datetime import date
from zlib import crc32

SHARDS = 16
"""Fixed for the life of the data: the shard of an issuer or an article is found again from its name alone."""

BLOCK_BITS = 1 << 16
"""Sequence numbers a block: 8 KiB when full, and an idle worker's block holds no more than it used."""


def shard_of_issuer(issuer: int) -> int:
    """Return the shard in which the events of an issuer's ads are counted."""
    return issuer % SHARDS


def shard_of_article(site_id: int, article: str) -> int:
    """Return the shard in which an article's views are counted, so that all its readers meet in one place."""
    return crc32(article.encode(), site_id) % SHARDS


def seen(shard: int, issuer: int, number: int, kind: str) -> bytes:
    """Bits of one issuer's tokens of a run of sequence numbers, for one kind of event (its letter). Expires when no
    token of the block can be counted any more."""
    return f"seen:{{{shard}}}:{issuer:x}:{number:x}:{kind}".encode()


def live(shard: int) -> bytes:
    """Hash of counters being added to. No expiry: it is the only copy until it is flushed."""
    return f"live:{{{shard}}}".encode()


def batches(shard: int) -> bytes:
    """Set of the ids of batches set aside for flushing. No expiry, like `live`."""
    return f"batches:{{{shard}}}".encode()


def batch(shard: int, batch_id: str) -> bytes:
    """Hash of counters set aside; the scripts build the same name. No expiry, like `live`."""
    return batches(shard) + b":" + batch_id.encode()


def done(shard: int, writer: int) -> bytes:
    """A writer's last batch of events and what came of it. Expires when that batch can no longer be sent again."""
    return f"done:{{{shard}}}:{writer:x}".encode()


def recent_view(shard: int, reader: bytes) -> bytes:
    """Mark of a reader's counted view of an article. Expires after half an hour."""
    return b"viewed:{%d}:%s" % (shard, reader)


def readers(shard: int, site_id: int, article: str, day: date) -> bytes:
    """HyperLogLog of an article's readers on a day. Expires two days later."""
    return f"readers:{{{shard}}}:{site_id}:{day:%Y%m%d}:{article}".encode()


def reader_secret(day: date) -> bytes:
    """The key by which readers are told apart on a day. Expires within 48 hours."""
    return f"secret:{day:%Y%m%d}".encode()


def rewritten() -> bytes:
    """Mark that Redis was asked to rewrite its append-only file. Expires when that is due again."""
    return b"rewritten"


def paces() -> bytes:
    """What campaigns and creatives weigh, from the planner. Expires after ten minutes: a worker that starts later
    than that does better without weights than with those."""
    return b"paces"
