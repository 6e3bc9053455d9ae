"""The campaigns that an account may see, with where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from adserver.inventory.model import GoalKind, PriceModel, Tier
from adserver.reporting.delivery import CampaignState, Pace, campaign_state, pace, time_share
from adserver.reporting.figures import Figures
from adserver.reporting.query import Dimension, ReportQuery
from adserver.reporting.report import Report, report
from adserver.reporting.scope import Connection

BEGINNING = date(2000, 1, 1)  # before anything was counted

# A campaign's days are those of its first slot's site.
_CAMPAIGNS = """
select campaign.id, campaign.key, campaign.name, advertiser.key as advertiser, advertiser.name as advertiser_name, tier,
    starts, ends, status = 'paused' as is_paused, campaign.archived_at, goal_kind, goal_amount, price_model,
    price_micros, currency, coalesce((
        select timezone from campaign_slot join slot on slot.id = slot_id join site on site.id = site_id
        where campaign_id = campaign.id order by slot_id limit 1), 'UTC') as timezone
from campaign join advertiser on advertiser.id = advertiser_id
where ($1::text is null or advertiser.key = $1) and ($2::text is null or campaign.key = $2)
order by lower(advertiser.name), advertiser.key, starts desc nulls last, campaign.key
"""
_FIRST_HOUR = """
select min(hour) from hourly where creative_id in (select id from creative where campaign_id = $1)
"""


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign as lists and reports show it. `goal` is a quantity, `share` a sponsorship's part of the requests."""

    id: int
    key: str
    name: str
    advertiser: str
    advertiser_name: str
    tier: Tier
    starts: datetime | None
    ends: datetime | None
    state: CampaignState
    goal_kind: GoalKind | None
    goal: int | None
    share: float | None
    price_model: PriceModel | None
    price_micros: int | None
    currency: str | None
    timezone: str

    @property
    def first_day(self) -> date | None:
        """The day on which it starts, in its zone."""
        return self.starts and self.starts.astimezone(ZoneInfo(self.timezone)).date()

    @property
    def last_day(self) -> date | None:
        """The last day with any time of it: its end is exclusive."""
        if self.ends is None:
            return None
        return (self.ends - timedelta(microseconds=1)).astimezone(ZoneInfo(self.timezone)).date()


@dataclass(frozen=True, slots=True)
class Standing:
    """What a campaign has delivered since it began, and how that compares with its goal."""

    campaign: CampaignLine
    figures: Figures
    delivered: int
    progress: float | None
    elapsed: float | None
    pace: Pace | None


async def list_campaigns(
    connection: Connection, now: datetime, advertiser: str | None, key: str | None = None
) -> list[CampaignLine]:
    """Return the advertiser's campaigns, or all; past and archived ones too, as they have reports. Newest first."""
    return [_line(row, now) for row in await connection.fetch(_CAMPAIGNS, advertiser, key)]


async def first_day_counted(connection: Connection, campaign: CampaignLine) -> date | None:
    """Return the first day with any figure of the campaign."""
    hour: datetime | None = await connection.fetchval(_FIRST_HOUR, campaign.id)
    return hour and hour.astimezone(ZoneInfo(campaign.timezone)).date()


async def standings(
    connection: Connection, campaigns: Sequence[CampaignLine], query: ReportQuery, now: datetime
) -> list[Standing]:
    """Return where each campaign stands by a query of all days that includes it; its order is that of `campaigns`."""
    answer = await report(connection, query)
    figures = _by_campaign(answer)
    return [standing(campaign, figures.get(campaign.key, Figures()), now) for campaign in campaigns]


def whole_time(now: datetime, **keys: str | None) -> ReportQuery:
    """Return the query of all days until now, by campaign."""
    return ReportQuery(BEGINNING, now.date() + timedelta(days=1), (Dimension.CAMPAIGN,), **keys)


def standing(campaign: CampaignLine, figures: Figures, now: datetime) -> Standing:
    """Compare what was delivered with the goal."""
    by_kind = {GoalKind.VIEWABLE: figures.viewable, GoalKind.CLICKS: figures.clicks}
    delivered = by_kind.get(campaign.goal_kind, figures.impressions) if campaign.goal_kind else figures.impressions
    elapsed = time_share(campaign.starts, campaign.ends, now)
    if campaign.goal is None:
        return Standing(campaign, figures, delivered, None, elapsed, None)
    return Standing(
        campaign, figures, delivered, delivered / campaign.goal, elapsed, pace(delivered, campaign.goal, elapsed)
    )


def _by_campaign(answer: Report) -> dict[str, Figures]:
    return {row.keys[0]: row.figures for row in answer.rows if row.keys[0] is not None}


def _line(row: asyncpg.Record, now: datetime) -> CampaignLine:
    state = campaign_state(row["starts"], row["ends"], now, is_paused=row["is_paused"])
    kind = GoalKind(row["goal_kind"]) if row["goal_kind"] else None
    is_share = kind is GoalKind.SHARE
    return CampaignLine(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        advertiser=row["advertiser"],
        advertiser_name=row["advertiser_name"],
        tier=Tier(row["tier"]),
        starts=row["starts"] and row["starts"].astimezone(UTC),
        ends=row["ends"] and row["ends"].astimezone(UTC),
        state=CampaignState.ENDED if row["archived_at"] else state,
        goal_kind=kind,
        goal=int(row["goal_amount"]) if kind and not is_share else None,
        share=float(row["goal_amount"]) if is_share else None,
        price_model=PriceModel(row["price_model"]) if row["price_model"] else None,
        price_micros=row["price_micros"],
        currency=row["currency"],
        timezone=row["timezone"],
    )
