"""What the planner says campaigns and creatives weigh now."""

from collections.abc import Mapping
from dataclasses import dataclass

from adserver.inventory.model import CampaignId, CreativeId


@dataclass(frozen=True, slots=True)
class Paces:
    """What the planner says campaigns and creatives weigh now. `version` differs for every plan."""

    version: int
    campaigns: Mapping[CampaignId, float]
    """At least 0; one that is missing weighs 1."""
    creatives: Mapping[CreativeId, float]
    """Above 0: the share among its campaign's creatives, for `rotation: optimised`."""


NO_PACES = Paces(0, {}, {})
