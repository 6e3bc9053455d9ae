"""Which of its creatives a campaign shows."""

from bisect import bisect_right
from collections.abc import Container, Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from operator import sub
from typing import NamedTuple

from adserver.decision.pace import Paces
from adserver.decision.pool import Draw
from adserver.decision.request import Decision
from adserver.inventory.model import Campaign, Creative, CreativeId, Rotation


class Choice(NamedTuple):
    """Decisions, one for each of the creatives, and their weights added up. Empty where no creative fits."""

    decisions: tuple[Decision, ...]
    cumulative: tuple[float, ...]
    creatives: Sequence[CreativeId]

    def draw(self, draw: Draw) -> Decision:
        """One of them by weight; there must be one."""
        decisions, cumulative, _ = self
        if len(decisions) == 1:
            return decisions[0]
        return decisions[bisect_right(cumulative, draw() * cumulative[-1], 0, len(cumulative) - 1)]


def choice_of(decisions: Sequence[Decision], weights: Iterable[float]) -> Choice:
    """The choice among these decisions, which show something, with these weights."""
    creatives = [each.creative.id for each in decisions if each.creative]
    # A tuple holds its parts in itself: what a draw among many reads is seldom in the processor's cache.
    return Choice(tuple(decisions), _sums(tuple(weights)), creatives)


# Most campaigns weigh their creatives alike, and read the same sums.
@lru_cache(maxsize=1024)
def _sums(weights: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(accumulate(weights))


def without(choice: Choice, shown: Container[CreativeId]) -> Choice:
    """The choice without the creatives that the page shows already."""
    weights = list(map(sub, choice.cumulative, (0, *choice.cumulative)))
    kept = [place for place, creative in enumerate(choice.creatives) if creative not in shown]
    return choice_of([choice.decisions[place] for place in kept], [weights[place] for place in kept])


def creative_weight(campaign: Campaign, creative: Creative, paces: Paces) -> float:
    """What the creative weighs beside the campaign's others; one of which the planner knows nothing yet weighs as much
    as an average one."""
    match campaign.rotation:
        case Rotation.EVEN:
            return 1.0
        case Rotation.WEIGHTED:
            return creative.weight
        case Rotation.OPTIMISED:
            return paces.creatives.get(creative.id, 1 / len(campaign.creatives))
