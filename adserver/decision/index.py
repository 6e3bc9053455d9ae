"""The inventory arranged for deciding: bits over each site's campaigns, the best tier in the lowest bits."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from adserver.decision.dimension import Dimension
from adserver.decision.schedule import Schedule
from adserver.inventory.model import (
    Campaign,
    Creative,
    CreativeId,
    Site,
    SiteId,
    Size,
    Slot,
    Tier,
)

SHARE_UNIT = 10_000
"""A sponsorship's share of requests is kept in hundredths of a percent."""


class Candidate(NamedTuple):
    """A campaign that may be shown, with what deciding needs of it at hand."""

    campaign: Campaign
    creatives: tuple[Creative, ...]
    """The active ones."""
    labels: tuple[str, ...]
    """Exclusion labels, folded."""
    share: int | None
    """Of SHARE_UNIT; None takes what shares leave."""
    limit: int | None
    """The most impressions that its caps allow on one page."""


@dataclass(frozen=True, slots=True)
class SlotIndex:
    """`masks[k]` are the campaigns with an active creative of one of the slot's sizes in its `k` narrowest widths."""

    slot: Slot
    sizes: frozenset[Size]
    widths: tuple[int, ...]
    masks: tuple[int, ...]

    def booked(self) -> int:
        return self.masks[-1]

    def fitting(self, max_width: int | None) -> int:
        return self.masks[-1] if max_width is None else self.masks[bisect_right(self.widths, max_width)]


@dataclass(frozen=True, slots=True)
class SiteIndex:
    """Bit i of every mask is `candidates[i]`; `tiers` holds the mask of each tier, the best first."""

    candidates: Sequence[Candidate]
    tiers: Sequence[tuple[Tier, int]]
    slots: Mapping[str, SlotIndex]
    dimensions: Mapping[str, Dimension]
    labels: Mapping[str, int]
    schedule: Schedule

    def matching(self, attributes: Mapping[str, tuple[str, ...]], now: datetime) -> int:
        """The campaigns that run now and all of whose conditions hold."""
        mask = self.schedule.mask(now)
        for name, dimension in self.dimensions.items():
            mask &= dimension.holding(attributes.get(name, ()))
        return mask


@dataclass(frozen=True, slots=True)
class DecisionIndex:
    """A snapshot of the inventory. Two requests that are equal get equal answers."""

    site_indexes: Mapping[SiteId, SiteIndex]
    _sites: Mapping[str, Site]
    _click_urls: Mapping[CreativeId, str]

    def site(self, key: str) -> Site | None:
        return self._sites.get(key)

    def click_url(self, creative_id: CreativeId) -> str | None:
        """Where a click leads, also for a creative that is archived."""
        return self._click_urls.get(creative_id)
