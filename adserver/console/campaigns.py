"""The campaigns that an account may see, with where they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from adserver.inventory.folding import fold
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
where ($1::text is null or advertiser.key = $1) and campaign.key = any($2)
order by array_position($2, campaign.key::text)
"""
# An advertiser's running campaigns first, then scheduled, paused, ended ones.
_NAMES = """
select campaign.key, campaign.name, advertiser.name as advertiser
from campaign join advertiser on advertiser.id = advertiser_id
where $1::text is null or advertiser.key = $1
order by lower(advertiser.name), advertiser.key, case
    when campaign.archived_at is not null or ends <= $2 then 3
    when status = 'paused' then 2 when starts > $2 then 1 else 0 end, starts desc nulls last, campaign.key
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


async def find_campaigns(connection: Connection, now: datetime, advertiser: str | None, search: str) -> list[str]:
    """Return the keys of the advertiser's campaigns, or of all, whose name, key or advertiser holds the text; past and
    archived ones too, as they have reports. By advertiser, running ones first."""
    text = fold(search)
    rows = await connection.fetch(_NAMES, advertiser, now)
    return [row["key"] for row in rows if not text or any(text in fold(value) for value in row)]


async def list_campaigns(
    connection: Connection, now: datetime, advertiser: str | None, keys: Sequence[str]
) -> list[CampaignLine]:
    """Return the campaigns of these keys in their order, without those that are not the advertiser's."""
    return [_line(row, now) for row in await connection.fetch(_CAMPAIGNS, advertiser, keys)]


async def first_day_counted(connection: Connection, campaign: CampaignLine) -> date | None:
    """Return the first day with any figure of the campaign."""
    hour: datetime | None = await connection.fetchval(_FIRST_HOUR, campaign.id)
    return hour and hour.astimezone(ZoneInfo(campaign.timezone)).date()


async def standings(connection: Connection, campaigns: Sequence[CampaignLine], now: datetime) -> list[Standing]:
    """Return where each campaign stands; the order is that of `campaigns`."""
    figures = _by_campaign(await report(connection, _whole_time(now, campaigns)))
    return [standing(campaign, figures.get(campaign.key, Figures()), now) for campaign in campaigns]


def _whole_time(now: datetime, campaigns: Sequence[CampaignLine]) -> ReportQuery:
    """Return the query of all days until now, by campaign."""
    keys = tuple(campaign.key for campaign in campaigns)
    return ReportQuery(BEGINNING, now.date() + timedelta(days=1), (Dimension.CAMPAIGN,), campaigns=keys)


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
