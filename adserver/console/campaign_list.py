"""`/reports/`: the campaigns with their dates, progress and figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from starlette.responses import Response

from adserver.console.campaigns import Standing, list_campaigns, standings, whole_time
from adserver.console.visit import Visit
from adserver.reporting.delivery import CampaignState

_ORDER = {state: at for at, state in enumerate(CampaignState)} | {CampaignState.RUNNING: -1}


@dataclass(frozen=True, slots=True)
class Group:
    """One advertiser's campaigns, running ones first."""

    advertiser_name: str
    standings: Sequence[Standing]


async def campaign_list(visit: Visit) -> Response:
    """Show an advertiser its own campaigns, and the publisher's people everyone's, by advertiser."""
    account = visit.account
    advertiser = account.advertiser if account else None
    async with visit.pool.acquire() as connection:
        campaigns = await list_campaigns(connection, visit.now, advertiser)
        found = await standings(connection, campaigns, whole_time(visit.now, advertiser=advertiser), visit.now)
    return visit.page("campaign_list.html", groups=_groups(found))


def _groups(found: Sequence[Standing]) -> list[Group]:
    by_advertiser = groupby(found, lambda standing: (standing.campaign.advertiser, standing.campaign.advertiser_name))
    return [
        Group(name, sorted(group, key=lambda standing: _ORDER[standing.campaign.state]))
        for (_, name), group in by_advertiser
    ]
