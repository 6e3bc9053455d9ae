"""Runs a service as a process of its own, and asks it."""

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Running:
    """`address` is empty when the service ended before it announced one."""

    process: subprocess.Popen[str]
    address: str
    errors: Path

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=20) as answer:
            return str(answer.read().decode())

    def stop(self, number: int) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Iterator[Running]:
    """Run a service that prints a line with its address when it is ready; it is ended in the end, with its servers."""
    errors = folder / "errors.log"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ADSERVER_")}
    with (
        errors.open("a") as log,
        subprocess.Popen(
            command, cwd=ROOT, env={**clean, **environment}, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            words = process.stdout.readline().split()
            yield Running(process, words[-1] if words else "", errors)
        finally:
            end(process)


def end(process: "subprocess.Popen[str]") -> None:
    """Ask a service to stop, so that it stops its servers; kill it where it does not. Nothing where it has ended."""
    process.terminate()
    try:
        process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def wait_for(question: Callable[[], T]) -> T:
    """The first answer that is true; a service that is away for the moment has none."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if answer := question():
                return answer
        except (urllib.error.URLError, ConnectionError, FileNotFoundError):
            pass
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
