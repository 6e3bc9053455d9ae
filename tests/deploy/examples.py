"""The examples of proxies, with their addresses changed to ones of this machine, and run."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

START_SECONDS = 10


def changed(example: Path, changes: Mapping[str, str]) -> str:
    """Return the example with what is written there replaced by what holds here."""
    text = example.read_text()
    for written, here in changes.items():
        assert written in text
        text = text.replace(written, here)
    return text


@asynccontextmanager
async def listening(port: int, log: Path, *command: str | Path) -> AsyncIterator[None]:
    """Run a server that stays in the foreground, from when it listens; what it says goes to `log`."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(*command, stdout=output, stderr=output)
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await _is_open(port):
                assert process.returncode is None, log.read_text()
                await asyncio.sleep(0.02)
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True
