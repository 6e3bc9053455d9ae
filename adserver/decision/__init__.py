"""Who is shown: pure functions from a snapshot and a request to decisions."""

from adserver.decision.build import build_index
from adserver.decision.choose import Draw, decide
from adserver.decision.index import DecisionIndex
from adserver.decision.request import AdRequest, Decision, NoFill

__all__ = ["AdRequest", "Decision", "DecisionIndex", "Draw", "NoFill", "build_index", "decide"]
