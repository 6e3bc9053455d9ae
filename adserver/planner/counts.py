"""What the planner reads again and again: traffic by hour and delivered counts, of which only the last hours change."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from adserver.connections import Connection
from adserver.forecast.clock import EPOCH, HOURS_A_WEEK, hour_of, time_of
from adserver.forecast.load import (
    NOTHING_DELIVERED,
    Delivered,
    Requests,
    histories_of,
    load_delivered,
    load_requests,
)
from adserver.forecast.volume import WEEKS, History
from adserver.inventory.model import Campaign, CampaignId, CreativeId, Site, SiteId, Slot, SlotId
from adserver.planning.values import DayCount

OPEN_HOURS = 3
"""Counts may still come for so many hours: as long as a token's events are counted, and a journal keeps them."""
DAYS_REMEMBERED = 30
"""What is older counts for less than a sixtieth in the rotation of creatives."""
_DAYS = """
select creative_id, (extract(epoch from $2 - hour)::int / 86400) as age,
    sum(impressions)::bigint as impressions, sum(clicks)::bigint as clicks
from hourly where creative_id = any($1::int[]) and hour > $3 and hour <= $2 group by 1, 2 order by 1, 2
"""
SETTLED_AGAIN = timedelta(hours=6)
"""How often all is read anew, for what came later than that."""


class PastRequests:
    """Keeps the slots' requests of the hours that are settled."""

    def __init__(self) -> None:
        self._known: dict[SlotId, dict[int, float]] = {}
        self._until = 0
        self._read_at: datetime | None = None

    async def histories(
        self, connection: Connection, sites: Sequence[Site], slots: Sequence[Slot], now: datetime
    ) -> dict[SiteId, History]:
        """Return each site's requests of the last weeks."""
        until = hour_of(now)
        oldest = until - WEEKS * HOURS_A_WEEK
        if (
            self._read_at is None
            or now - self._read_at > SETTLED_AGAIN
            or {slot.id for slot in slots} - set(self._known)
        ):
            self._known = {slot.id: {} for slot in slots}
            self._until, self._read_at = oldest, now
        self._add(await load_requests(connection, slots, self._until, until))
        self._until = max(oldest, until - OPEN_HOURS)
        return histories_of(sites, slots, self._since(oldest), until)

    def _add(self, requests: Requests) -> None:
        for slot, hours in requests.items():
            self._known[slot].update(hours)

    def _since(self, oldest: int) -> Requests:
        return {
            slot: {hour: amount for hour, amount in hours.items() if hour >= oldest}
            for slot, hours in self._known.items()
        }


class DeliveredCounts:
    """Keeps what campaigns had delivered until the hours that still change."""

    def __init__(self) -> None:
        self._settled: dict[CampaignId, Delivered] = {}
        self._campaigns: list[CampaignId] = []
        self._until = EPOCH

    async def settle(self, connection: Connection, campaigns: Iterable[Campaign], now: datetime) -> None:
        """Read all that the campaigns delivered up to the last hours."""
        known = list(campaigns)
        since = min((each.starts - timedelta(days=1) if each.starts else EPOCH for each in known), default=now)
        self._until = time_of(hour_of(now) - OPEN_HOURS)
        self._campaigns = [campaign.id for campaign in known]
        self._settled = await load_delivered(connection, self._campaigns, since, self._until)

    async def now(self, connection: Connection, now: datetime) -> dict[CampaignId, Delivered]:
        """Return what the campaigns have delivered up to this moment, as far as it is stored."""
        ahead = now + timedelta(hours=2)  # a worker's clock may be ahead, and the hour goes on
        recent = await load_delivered(connection, self._campaigns, self._until, ahead)
        return {
            campaign: self._settled.get(campaign, NOTHING_DELIVERED).plus(recent.get(campaign, NOTHING_DELIVERED))
            for campaign in self._campaigns
        }


async def load_days(connection: Connection, campaigns: Iterable[Campaign], now: datetime) -> list[DayCount]:
    """Return what the campaigns' creatives had on each of the last days, a day being 24 hours back from `now`."""
    creatives = [creative.id for campaign in campaigns for creative in campaign.creatives]
    rows = await connection.fetch(_DAYS, creatives, now, now - timedelta(days=DAYS_REMEMBERED)) if creatives else []
    return [DayCount(CreativeId(row["creative_id"]), row["age"], row["impressions"], row["clicks"]) for row in rows]
