"""A filled slot with all that shows it."""

from typing import NamedTuple

from adserver.decision.request import Decision
from adserver.delivery.write import Decided
from adserver.inventory.model import Campaign, Creative, Slot

FILLED = "filled"


class Shown(NamedTuple):
    """What a slot shows, and the token by which that is reported."""

    slot: Slot
    campaign: Campaign
    creative: Creative
    token: str


def shown_of(decided: Decided) -> Shown | None:
    """Return what is shown, None for an empty slot."""
    decision, token = decided
    if token is None or decision.slot is None or decision.campaign is None or decision.creative is None:
        return None
    return Shown(decision.slot, decision.campaign, decision.creative, token)


def outcome_of(decision: Decision) -> str:
    """Return the word by which metrics count the decision."""
    return FILLED if decision.why is None else decision.why.value
