"""Brings the journal's events to Redis once it is back."""

import asyncio
import logging
import time
from collections.abc import Sequence

from adserver.counting.commit import Unavailable
from adserver.counting.journal import KEPT_SECONDS, Entry
from adserver.delivery.context import Context
from adserver.delivery.record import record_journaled
from adserver.metrics import LOST

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0


async def replay_journal(context: Context) -> None:
    """Add what any worker has left in the journal, until cancelled."""
    while True:
        await asyncio.sleep(PAUSE_SECONDS)
        if context.commit.is_away():
            continue
        try:
            added = await context.journal.drain(lambda entries: _add(context, entries))
        except Unavailable:
            continue
        except OSError as error:
            logger.error("the journal cannot be read: %s", error)
            continue
        if added:
            logger.info("%d events of the journal added", added)


async def _add(context: Context, entries: Sequence[Entry]) -> None:
    oldest = time.time() - KEPT_SECONDS
    kept = [entry for entry in entries if entry.time >= oldest]
    if len(kept) < len(entries):
        logger.error("%d events of the journal are too old to be added", len(entries) - len(kept))
        for entry in entries:
            if entry.time < oldest:
                context.metrics.count(context.metrics.events, entry.kind.value, LOST)
    await record_journaled(context, kept)
