"""Answers questions in a process of its own: half a second of arithmetic would keep a web worker's readers waiting."""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from weakref import WeakKeyDictionary

from adserver.connections import POSTGRES_FAILURES, open_connection
from adserver.forecast.answer import answer
from adserver.forecast.question import Question, QuestionError, Sign, Wish
from adserver.forecast.render import answer_data
from adserver.inventory.model import Size
from adserver.settings import PREFIX, Settings, read_settings

logger = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 5.0
LONGEST_SECONDS = 20.0
NICENESS = 5
WRONG_QUESTION = 3


class Busy(Exception):
    """Another question of this worker is being answered, and was not done in time."""


class Failed(Exception):
    """Postgres is away, or it took too long."""


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
"""One question at a time in each worker: more would take the processor from those who serve readers."""


async def answer_apart(settings: Settings, question: Question, *, with_bookings: bool) -> str:
    """Return the answer as JSON text. Raises QuestionError, Busy or Failed."""
    turn = _turns.setdefault(asyncio.get_running_loop(), asyncio.Lock())
    try:
        await asyncio.wait_for(turn.acquire(), LONGEST_WAIT_SECONDS)
    except TimeoutError:
        raise Busy from None
    try:
        return await _ask(settings, json.dumps(_plain(question, with_bookings=with_bookings)))
    finally:
        turn.release()


async def _ask(settings: Settings, text: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__), env=_environment(settings), stdin=PIPE, stdout=PIPE
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(text.encode()), LONGEST_SECONDS)
    except TimeoutError:
        raise Failed from None
    finally:
        await _end(process)
    if process.returncode == WRONG_QUESTION:
        raise QuestionError(output.decode().strip())
    if process.returncode:
        raise Failed
    return output.decode()


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _environment(settings: Settings) -> dict[str, str]:
    """What a question needs: Postgres, and nothing that would count as another web worker's metrics."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "PROMETHEUS_"))}
    return {**inherited, PREFIX + "DATABASE_URL": settings.database_url or "", PREFIX + "LOG_LEVEL": settings.log_level}


def _plain(question: Question, *, with_bookings: bool) -> Mapping[str, object]:
    return {
        "first": str(question.first),
        "last": str(question.last),
        "site": question.site,
        "slots": question.slots,
        "sizes": question.sizes,
        "wishes": question.wishes,
        "with_bookings": with_bookings,
    }


def _question(plain: Mapping[str, Any]) -> Question:
    return Question(
        date.fromisoformat(plain["first"]),
        date.fromisoformat(plain["last"]),
        plain["site"],
        tuple(plain["slots"]),
        tuple(Size(*size) for size in plain["sizes"]),
        tuple(Wish(name, Sign(sign), value) for name, sign, value in plain["wishes"]),
    )


async def _answer(plain: Mapping[str, Any]) -> str:
    async with open_connection(read_settings(os.environ)) as connection:
        found = await answer(connection, _question(plain), datetime.now(UTC), with_bookings=plain["with_bookings"])
    return json.dumps(answer_data(found), ensure_ascii=False)


def main() -> int:
    """Answer the question on standard input, on standard output; what was wrong with it, with WRONG_QUESTION."""
    os.nice(NICENESS)
    try:
        text, code = asyncio.run(_answer(json.loads(sys.stdin.read()))), 0
    except QuestionError as error:
        text, code = str(error), WRONG_QUESTION
    except POSTGRES_FAILURES as error:
        sys.stderr.write(f"no forecast: {error or type(error).__name__}\n")
        text, code = "", 1
    sys.stdout.write(text)
    return code


if __name__ == "__main__":
    sys.exit(main())
