"""What a worker's hot addresses share: the snapshot in use, keys, the way to Redis and Postgres."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from adserver.connections import Pool
from adserver.counting.commit import GroupCommit
from adserver.counting.journal import Journal
from adserver.counting.readers import ReaderSecrets
from adserver.counting.token import Issuer, TokenKeys
from adserver.counting.velocity import Velocity
from adserver.counting.views import ViewCounts
from adserver.decision.build import build_index
from adserver.decision.index import DecisionIndex
from adserver.decision.pace import NO_PACES, Paces
from adserver.delivery.assets import AssetCache
from adserver.delivery.http import Header
from adserver.delivery.origin import cors_headers
from adserver.delivery.render import Forms
from adserver.forecast.sample import TrafficSample
from adserver.inventory.model import Campaign, Creative, CreativeId, Inventory, Site, SiteId, Slot
from adserver.metrics import WebMetrics
from adserver.settings import Settings


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The inventory as a worker uses it, swapped whole."""

    index: DecisionIndex
    sites: Sequence[Site]
    slots: Sequence[Slot]
    domains: frozenset[str]
    """Those of all sites."""
    zones: Mapping[SiteId, ZoneInfo]
    """By site."""
    campaigns: Mapping[CreativeId, Campaign]
    """By creative."""
    forms: Forms = field(default_factory=Forms)

    @classmethod
    def of(cls, inventory: Inventory, now: datetime | None = None, before: Self | None = None) -> Self:
        """Arrange the inventory for requests from `now` on: takes long enough to be done off the event loop."""
        domains = frozenset(domain for site in inventory.sites for domain in site.domains)
        zones = {site.id: ZoneInfo(site.timezone) for site in inventory.sites}
        campaigns = {creative.id: campaign for campaign in inventory.campaigns for creative in campaign.creatives}
        return cls(
            build_index(inventory, now, before.index if before else None),
            inventory.sites,
            inventory.slots,
            domains,
            zones,
            campaigns,
        )

    def find_creative(self, creative_id: CreativeId) -> tuple[Campaign, Creative] | None:
        """Return the creative with its campaign; None where it is none of the inventory."""
        campaign = self.campaigns.get(creative_id)
        if campaign is None:
            return None
        return campaign, next(creative for creative in campaign.creatives if creative.id == creative_id)

    def slots_of(self, site: Site) -> list[Slot]:
        """Return the site's slots in the order of their ids."""
        return [slot for slot in self.slots if slot.site_id == site.id]


@dataclass(slots=True)
class Context:
    """`snapshot` is None until the first inventory has been read."""

    settings: Settings
    keys: TokenKeys
    issuer: Issuer
    redis: Redis
    commit: GroupCommit
    journal: Journal
    velocity: Velocity
    readers: ReaderSecrets
    pool: Pool
    views: ViewCounts
    metrics: WebMetrics
    assets: AssetCache = field(default_factory=AssetCache)
    snapshot: Snapshot | None = None
    paces: Paces = NO_PACES
    traffic: TrafficSample = field(default_factory=TrafficSample)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def run(self, work: Coroutine[None, None, None]) -> None:
        """Run work beside the request that began it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)  # the loop alone would let it be collected
        task.add_done_callback(self._tasks.discard)

    def cors(self, headers: Mapping[bytes, bytes]) -> tuple[Header, ...]:
        """Return the headers that let a page of any of the sites read the answer."""
        domains = self.snapshot.domains if self.snapshot else ()
        return cors_headers(headers, domains, self.settings.base_url)
