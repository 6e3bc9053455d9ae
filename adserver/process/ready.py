"""Asks a web worker whether it is ready."""

import asyncio
import contextlib
import logging
import socket
import time

from adserver.process.listening import local_address

_log = logging.getLogger(__name__)

_REPLY_SECONDS = 2.0
_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 10.0


async def wait_until_ready(listening: socket.socket) -> None:
    """Wait for a 200 of `GET /ready`; what it answers instead is said once, when it takes long."""
    patience = time.monotonic() + _PATIENCE_SECONDS
    while (answer := await _ask(listening)) != "200":
        if time.monotonic() > patience:
            _log.warning("not ready yet: GET /ready answers %s", answer)
            patience = float("inf")
        await asyncio.sleep(_POLL_SECONDS)


async def _ask(listening: socket.socket) -> str:
    """The status of the answer, and when it is not 200 the body's first line with it."""
    try:
        async with asyncio.timeout(_REPLY_SECONDS):
            reader, writer = await asyncio.open_connection(*local_address(listening))
            with contextlib.closing(writer):
                writer.write(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                head, _, body = (await reader.read()).decode(errors="replace").partition("\r\n\r\n")
    except (OSError, TimeoutError):
        return "nothing"
    status = head.split(" ", 2)[1] if " " in head else "nothing"
    return status if status == "200" else f"{status} {body[:200]}".strip()
