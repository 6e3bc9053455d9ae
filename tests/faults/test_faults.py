"""A short run; `python -m tests.faults` does long ones."""

from pathlib import Path

from tests.faults.adversary import Fault
from tests.faults.book import Difference
from tests.faults.run import Plan, run

PLAN = Plan(seconds=20, seed=5, mean_pause_seconds=0.7, connections=8)


async def test_whatever_is_killed_each_answered_event_is_stored_once(data_dir: Path) -> None:
    result = await run(PLAN, data_dir, print)
    assert result.faults.keys() >= set(Fault)
    assert result.disagreements == []
    assert result.unanswered == 0
    assert result.difference == Difference()
    assert result.stored == result.answered > 500
