"""A publisher's service as its own process on a data directory of its own, and our commands beside it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.faults.http import Answer, Browser
from tests.process.running import ROOT, Running, running

ZONES = ("Europe/Istanbul", "Asia/Kolkata")


class Paper:
    """`today` is the day of the figures: the zone is one in which it does not end while the tests run."""

    def __init__(self, folder: Path) -> None:
        self.zone = next(zone for zone in ZONES if _day_goes_on(datetime.now(ZoneInfo(zone))))
        self.today = datetime.now(ZoneInfo(self.zone)).date()
        self.folder = folder
        self._data_dir = folder / "data"
        self._data_dir.mkdir(mode=0o711)
        self._stack = ExitStack()
        self._running: Running | None = None

    @property
    def port(self) -> int:
        assert self._running is not None
        return int(self._running.address.rpartition(":")[2])

    def start(self) -> None:
        command = [sys.executable, "-m", "adserver", "serve", "--migrate", "--port", "0", "--workers", "2"]
        self._running = self._stack.enter_context(running(command, self._environment, self.folder))
        assert self._running.address, self._running.errors.read_text()

    def stop(self) -> int:
        """Ask the service to end; return its exit code."""
        assert self._running is not None
        return self._running.stop(signal.SIGTERM)

    def close(self) -> None:
        self._stack.close()

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Ask over a connection of its own."""
        browser = Browser(self.port)
        answer = await browser.ask(method, path, headers, body)
        browser.close()
        assert answer is not None, path
        return answer

    async def command(self, *arguments: str) -> str:
        """Run a command; return what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "adserver", *arguments),
            cwd=ROOT,
            env={**os.environ, **self._environment},
            stdout=subprocess.PIPE,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, arguments
        return output.decode()

    async def report(self, *options: str) -> Any:
        """The day's report as read from JSON, spends as decimals."""
        day = ("--from", str(self.today), "--to", str(self.today))
        return json.loads(await self.command("report", "--format", "json", *day, *options), object_hook=_with_decimals)

    @property
    def _environment(self) -> dict[str, str]:
        return {"ADSERVER_DATA_DIR": str(self._data_dir), "ADSERVER_TRUSTED_PROXIES": "127.0.0.1"}


def _with_decimals(row: dict[str, Any]) -> dict[str, Any]:
    return {name: Decimal(value) if name == "spend" else value for name, value in row.items()}


def _day_goes_on(now: datetime) -> bool:
    return not (now.hour == 23 and now.minute > 50)
