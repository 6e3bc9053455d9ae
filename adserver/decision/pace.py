"""What campaigns and creatives weigh at the moment, as the planner last said."""

from collections.abc import Mapping
from dataclasses import dataclass

from adserver.inventory.model import CampaignId, CreativeId


@dataclass(frozen=True, slots=True)
class Paces:
    """What the planner says campaigns and creatives weigh now. `version` differs for every plan.

    A guaranteed campaign of weight w is chosen among its tier's with probability w / (1 + their sum): 0 is not now, a
    very large weight is always. Standard campaigns are chosen in proportion to weight times the price's value, house
    campaigns to weight. A campaign that is missing weighs 1. `creatives` are shares above 0 among their campaign's, for
    `rotation: optimised`.
    """

    version: int
    campaigns: Mapping[CampaignId, float]
    creatives: Mapping[CreativeId, float]


NO_PACES = Paces(0, {}, {})
