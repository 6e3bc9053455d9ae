"""The inventory arranged for deciding: bits over each site's campaigns, the best tier in the lowest bits."""

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from adserver.decision.bits import mask_of, masks_of
from adserver.decision.dimension import Dimension
from adserver.decision.pace import Paces
from adserver.decision.pool import Limits, SponsorPool, TierPool
from adserver.decision.request import Attributes, Decision, NoFill
from adserver.decision.rotation import Choice, choice_of, creative_weight
from adserver.decision.schedule import Schedule
from adserver.inventory.model import (
    PAGE,
    Campaign,
    CampaignId,
    Creative,
    CreativeId,
    Rotation,
    Site,
    SiteId,
    Size,
    Slot,
    Tier,
)


class Candidate(NamedTuple):
    """A campaign that may be shown, with what deciding needs of it at hand."""

    campaign: Campaign
    creatives: tuple[Creative, ...]
    """The active ones."""
    parts: tuple[int, ...]
    """For each creative the place of its hours in the schedule; empty where no creative has hours."""
    labels: tuple[str, ...]
    """Exclusion labels, folded."""
    share: float | None
    """Of the requests; None takes what shares leave."""
    limit: int
    """The most impressions on one page, by caps and creatives."""
    value: float
    """What an impression is worth beside those of other campaigns of the tier."""

    def is_capped(self) -> bool:
        """Whether it has caps that need a record of the reader."""
        return any(cap.per != PAGE for cap in self.campaign.caps)

    def may_come_again(self, times: int, slots: int) -> bool:
        """Whether a page that has shown it so many times may let it into so many slots more."""
        more = min(slots, self.limit)
        return all(times + more <= cap.impressions for cap in self.campaign.caps)


class SlotPool:
    """What one slot may show on screens of one width, for as long as no campaign's date or creative's hour comes."""

    __slots__ = ("_optimised", "_place", "_site", "_widest", "choices", "fitting", "mask", "tiers")

    def __init__(self, site: "SiteIndex", place: "SlotIndex", width: int) -> None:
        self._site, self._place = site, place
        self._widest = place.widths[width - 1] if width else 0
        self.choices: list[Choice | None] = [None] * len(site.candidates)
        self._optimised: list[int] = []
        self.fitting = place.masks[width]
        """The campaigns with a creative for slot and screen, whether it runs now or not."""
        mask = self.fitting & site.window.dated
        self.mask = mask & ~mask_of(each for each in site.parted if mask >> each & 1 and not self._fitting(each))
        self.tiers = [site.tier_pool(tier, each) for tier, members in site.tiers if (each := self.mask & members)]

    def choice(self, position: int) -> Choice:
        """The creatives that the campaign may show here, with their weights; remembered in `choices`."""
        choice = self.choices[position]
        if choice is None:
            choice = self.choices[position] = self._choice(position)
        return choice

    def forget_optimised(self) -> None:
        """Let the creatives that follow the paces be weighed again."""
        for position in self._optimised:
            self.choices[position] = None
        self._optimised.clear()

    def _choice(self, position: int) -> Choice:
        campaign, creatives = self._site.candidates[position].campaign, self._fitting(position)
        if campaign.rotation is Rotation.OPTIMISED:
            self._optimised.append(position)
        return choice_of(
            [self._place.showing(campaign, creative) for creative in creatives],
            [creative_weight(campaign, creative, self._site.paces) for creative in creatives],
        )

    def _fitting(self, position: int) -> list[Creative]:
        sizes, widest = self._place.sizes, self._widest
        running = self._site.running(self._site.candidates[position])
        return [each for each in running if each.size in sizes and each.size.width <= widest]


class SlotIndex:
    """`masks[k]` are the campaigns with an active creative of one of the slot's sizes in the `k` narrowest `widths`."""

    __slots__ = ("_decisions", "_empty", "masks", "pools", "sizes", "slot", "widths")

    def __init__(self, slot: Slot, sizes: frozenset[Size], widths: tuple[int, ...], masks: tuple[int, ...]) -> None:
        self.slot, self.sizes, self.widths, self.masks = slot, sizes, widths, masks
        self.pools: list[SlotPool | None] = [None] * len(masks)
        """By width class; the last is for any width."""
        self._empty = {why: Decision(slot.name, slot, None, None, why) for why in NoFill}
        self._decisions: dict[CreativeId, Decision] = {}

    def booked(self) -> int:
        return self.masks[-1]

    def width_class(self, max_width: int) -> int:
        """Which of the masks holds what fits the screen."""
        return bisect_right(self.widths, max_width)

    def showing(self, campaign: Campaign, creative: Creative) -> Decision:
        """The decision that shows the creative here, always the same object."""
        decision = self._decisions.get(creative.id)
        if decision is None:
            decision = self._decisions[creative.id] = Decision(self.slot.name, self.slot, campaign, creative, None)
        return decision

    def empty(self, why: NoFill) -> Decision:
        """The decision that leaves the slot empty, always the same object for a reason."""
        return self._empty[why]


class SiteIndex:
    """Bit i of every mask is `candidates[i]`; `tiers` holds the mask of each tier, the best first.

    What it remembers between requests follows the moment and the weights, and changes no answer.
    """

    __slots__ = ("_ids", "_next", "_schedule", "_values", "apart", "candidates", "labels", "limits",
                 "looked_up", "paces", "parted", "positions", "roadblocks", "since", "slots", "sponsors", "tiers",
                 "until", "weights", "window")  # fmt: skip

    def __init__(
        self,
        candidates: Sequence[Candidate],
        slots: Mapping[str, SlotIndex],
        dimensions: Mapping[str, Dimension],
        schedule: Schedule,
        limits: Limits,
    ) -> None:
        self.candidates = candidates
        self.slots = slots
        self.limits = limits
        self.looked_up = tuple((name, each.absent, each.answers, each) for name, each in dimensions.items())
        """Of each dimension what most requests need, at hand."""
        self._schedule = schedule
        self._ids = [candidate.campaign.id for candidate in candidates]
        self._values = [candidate.value for candidate in candidates]
        numbered = list(enumerate(candidates))
        tiers = masks_of((candidate.campaign.tier, place) for place, candidate in numbered)
        self.tiers = [(tier, tiers[tier]) for tier in Tier if tier in tiers]
        self.labels = [candidate.labels for candidate in candidates]
        labels = masks_of((label, place) for place, candidate in numbered for label in candidate.labels)
        everyone = (1 << len(candidates)) - 1
        self.apart = {label: everyone & ~mask for label, mask in labels.items()}
        """For each label the candidates without it."""
        self.positions = {each.campaign.key: place for place, each in numbered}
        """By key."""
        self.parted = [place for place, candidate in numbered if candidate.parts]
        """The candidates with a creative that has hours."""
        self.sponsors = tiers.get(Tier.SPONSORSHIP, 0)
        self.roadblocks = mask_of(place for place, candidate in numbered if candidate.campaign.roadblock)
        self.window = schedule.nothing
        self.since = self.until = 0.0
        """Unix seconds between which `enter` changes nothing while the paces stay."""
        self.paces = Paces(0, {}, {})
        self.weights = array("d")
        self._next = (self.paces, self.weights)

    def matching(self, attributes: Attributes) -> int:
        """The campaigns all of whose conditions hold for these values, whatever the time."""
        mask = -1
        get = attributes.get
        for name, _, answers, dimension in self.looked_up:
            values = get(name)
            holding = answers.get(values)
            mask &= dimension.remember(values) if holding is None else holding
        return mask

    def enter(self, now: datetime, paces: Paces) -> int:
        """Come to a moment and its weights: pools and `weights` are of these from here on. Returns the campaigns that
        run."""
        window = self._schedule.window(now)
        if window is not self.window:
            if window.dated is not self.window.dated or window.parts != self.window.parts:
                for place in self.slots.values():
                    place.pools = [None] * len(place.masks)
            self.window = window
            self.since, self.until = window.since.timestamp(), window.until.timestamp()
        if paces is not self.paces:
            weights = self._next[1] if self._next[0] is paces else self._weigh(paces)
            # The former stay at hand: mail is decided without paces, between pages that have some.
            self._next = (self.paces, self.weights)
            self.paces, self.weights = paces, weights
            for place in self.slots.values():
                for pool in filter(None, place.pools):
                    pool.forget_optimised()
        return window.running

    def get_ready(self, paces: Paces) -> None:
        """Weigh all pools beforehand, in another thread too: 5 ms for 20,000 campaigns."""
        weights = self._weigh(paces)
        for place in self.slots.values():
            for pool in filter(None, place.pools):
                for tier in pool.tiers:
                    tier.get_ready(weights)
        self._next = (paces, weights)

    def _weigh(self, paces: Paces) -> "array[float]":
        pace = paces.campaigns.get
        return array("d", [pace(key, 1.0) * value for key, value in zip(self._ids, self._values, strict=True)])

    def pool(self, place: SlotIndex, max_width: int | None) -> SlotPool:
        """The slot's pool for the screen at the moment entered, made on first use."""
        width = len(place.widths) if max_width is None else place.width_class(max_width)
        pool = place.pools[width]
        if pool is None:
            pool = place.pools[width] = SlotPool(self, place, width)
        return pool

    def running(self, candidate: Candidate) -> Sequence[Creative]:
        """The campaign's creatives whose hours hold at the moment entered."""
        if not candidate.parts:
            return candidate.creatives
        now = self.window.parts
        return [each for each, part in zip(candidate.creatives, candidate.parts, strict=True) if part in now]

    def tier_pool(self, tier: Tier, mask: int) -> TierPool:
        if tier is Tier.SPONSORSHIP:
            shares = [candidate.share for candidate in self.candidates[: mask.bit_length()]]
            return SponsorPool(mask, shares, self.limits)
        return TierPool(mask, 1.0 if tier is Tier.GUARANTEED else 0.0, self.limits)

    def capped_mask(self, keys: Iterable[str]) -> int:
        """The campaigns of these keys that have caps."""
        found = [self.positions[key] for key in keys if key in self.positions]
        return mask_of(place for place in found if self.candidates[place].is_capped())

    def left_beside(self, shown: Sequence[str], slots: int) -> int:
        """The campaigns that may join those of the keys `shown` on their page, in so many slots more."""
        left = (1 << len(self.candidates)) - 1
        for key, times in Counter(shown).items():
            position = self.positions.get(key)
            if position is None:
                continue
            bit, candidate = 1 << position, self.candidates[position]
            for label in self.labels[position]:
                left &= self.apart[label] | bit
            if not candidate.may_come_again(times, slots):
                left &= ~bit
        return left


@dataclass(frozen=True, slots=True)
class DecisionIndex:
    """A snapshot of the inventory. Two requests that are equal get equal answers to equal draws."""

    site_indexes: Mapping[SiteId, SiteIndex]
    campaigns: Sequence[Campaign]
    """All, those too that are paused or over."""
    candidates: Mapping[CampaignId, Candidate]
    """Those that may be shown somewhere, which the next index takes over where their campaigns are the same objects."""
    parts: Sequence[int]
    """The weeks of creatives' hours that the candidates refer to."""
    sites: Mapping[str, Site]
    """By key."""
    _click_urls: Mapping[CreativeId, str]

    def prepare(self, now: datetime, paces: Paces) -> None:
        """Make what the first requests would have to wait for: 10 ms at 20,000 campaigns."""
        for site in self.site_indexes.values():
            site.enter(now, paces)
            for place in site.slots.values():
                for max_width in place.widths:
                    site.pool(place, max_width)
        self.get_ready(paces)

    def get_ready(self, paces: Paces) -> None:
        """Prepare for new weights while the old ones are in use; safe in another thread."""
        for site in self.site_indexes.values():
            site.get_ready(paces)

    def forget(self) -> None:
        """Let go, a piece at a time, of what requests have made: freed at once, it would stop all threads for 5 ms at
        20,000 campaigns. What is asked for after all is made again."""
        for site in self.site_indexes.values():
            for place in site.slots.values():
                for width in range(len(place.pools)):
                    place.pools[width] = None

    def click_url(self, creative_id: CreativeId) -> str | None:
        """Where a click leads, also for a creative that is archived."""
        return self._click_urls.get(creative_id)
