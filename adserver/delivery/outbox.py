"""Answers that wait for the end of the event loop's turn, and are then written together."""

import asyncio
from typing import Protocol


class Sender(Protocol):
    """A connection with something to write."""

    def write_unsent(self) -> None: ...


class Outbox:
    """Writes for all connections at once, when every request of the turn is answered.

    Each write wakes a reader's program, which then asks again at once: with a write between any two answers, the two
    took turns on the processor, and an ad request cost a tenth more.
    """

    def __init__(self) -> None:
        self._senders: list[Sender] = []

    def put(self, sender: Sender) -> None:
        """Let the connection write before anything that is scheduled from here on runs."""
        if not self._senders:
            asyncio.get_running_loop().call_soon(self._write)
        self._senders.append(sender)

    def _write(self) -> None:
        senders, self._senders = self._senders, []
        for sender in senders:
            sender.write_unsent()
