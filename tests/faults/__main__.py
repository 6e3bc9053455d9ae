"""`python -m tests.faults --minutes 10 --seed 1`: a long run; exit code 1 when anything was lost or counted twice."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from tests.faults.adversary import Fault
from tests.faults.run import Plan, Result, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep the directory with the data and the logs")
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="adserver-faults-"))
    directory.chmod(0o711)
    plan = Plan(seconds=60 * options.minutes, seed=options.seed)
    try:
        result = asyncio.run(run(plan, directory, lambda line: print(line, flush=True)))
        print(table(result))
    finally:
        if options.keep:
            print(f"kept: {directory}")
        else:
            shutil.rmtree(directory)
    return 0 if result.is_good else 1


def table(result: Result) -> str:
    """Return what was done and what came of it."""
    faults = [(fault.value, result.faults[fault]) for fault in Fault]
    book = result.book
    figures = [
        ("faults", result.faults.total()),
        ("replies lost after they were executed", result.replies_lost),
        ("events sent", len(book.units)),
        ("  attempts", book.attempts),
        ("  replays", book.replays),
        ("  of robots and forged", book.refusable),
        ("events answered", result.answered),
        ("events stored", result.stored),
        ("unanswered in the end", result.unanswered),
        ("lost", result.difference.lost),
        ("doubled", result.difference.doubled),
        ("disagreements", len(result.disagreements)),
    ]
    lines = [f"{name:<40} {amount:>8}" for name, amount in (*faults, *figures)]
    return "\n".join([*lines, *result.difference.where, *result.disagreements])


if __name__ == "__main__":
    sys.exit(main())
