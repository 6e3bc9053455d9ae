"""Who is shown: pure functions from a snapshot and a request to decisions."""

from adserver.decision.build import build_index
from adserver.decision.choose import choose, decide
from adserver.decision.index import DecisionIndex
from adserver.decision.pace import NO_PACES, Paces
from adserver.decision.pool import Draw
from adserver.decision.request import AdRequest, Decision, NoFill

__all__ = [
    "NO_PACES",
    "AdRequest",
    "Decision",
    "DecisionIndex",
    "Draw",
    "NoFill",
    "Paces",
    "build_index",
    "choose",
    "decide",
]
