"""`adserver demo` as its own process, and what it prints to open."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.process.running import ROOT

READY_SECONDS = 60
LAST_LINE = "Ctrl-C ends it."


class Login(NamedTuple):
    address: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Demo:
    """`seconds` passed until it was ready."""

    process: Process
    seconds: float
    home: str
    article: str
    publisher: Login
    advertiser: Login


@asynccontextmanager
async def running_demo(folder: Path, *options: str) -> AsyncIterator[Demo]:
    """Start the demo with its data in the folder, and end it."""
    started = time.monotonic()
    command = [sys.executable, "-m", "adserver", "demo", "--port", "0", "--data-dir", str(folder), *options]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ADSERVER_")}
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=clean, stdout=subprocess.PIPE)
    try:
        async with asyncio.timeout(READY_SECONDS):
            text = await _announced(process)
        yield _read(process, time.monotonic() - started, text)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            await _end(process)


async def _end(process: Process) -> None:
    """Ask it to stop, so that it stops its servers; kill it where it does not."""
    process.terminate()
    try:
        async with asyncio.timeout(READY_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _announced(process: Process) -> str:
    assert process.stdout is not None
    lines: list[str] = []
    while LAST_LINE not in lines:
        line = await process.stdout.readline()
        assert line, "the demo ended before it was ready"
        lines.append(line.decode().strip())
    return "\n".join(lines)


def _read(process: Process, seconds: float, text: str) -> Demo:
    def after(title: str) -> list[str]:
        found = re.search(rf"^{title} +(.*)$", text, re.MULTILINE)
        assert found, text
        return found[1].split()

    return Demo(
        process,
        seconds,
        after("News site")[0],
        after("An article")[0],
        Login(*after("Publisher's console")),
        Login(*after("Advertiser's reports")),
    )
