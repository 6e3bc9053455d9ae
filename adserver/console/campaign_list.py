"""`/reports/`: the campaigns with their dates, progress and figures, a page of them at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from starlette.responses import Response

from adserver.console.campaigns import Standing, find_campaigns, list_campaigns, standings
from adserver.console.visit import Visit

PAGE_LENGTH = 50
_SEARCH_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Group:
    """Campaigns of one advertiser, running ones first."""

    advertiser_name: str
    standings: Sequence[Standing]


@dataclass(frozen=True, slots=True)
class Paging:
    """Where among `total` campaigns, that `search` found, a page stands; pages and campaigns are counted from 1."""

    search: str
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(-(-self.total // PAGE_LENGTH), 1)

    @property
    def first(self) -> int:
        return (self.number - 1) * PAGE_LENGTH + 1

    @property
    def last(self) -> int:
        return min(self.number * PAGE_LENGTH, self.total)


async def campaign_list(visit: Visit) -> Response:
    """Show an advertiser its own campaigns, and the publisher's people everyone's, by advertiser."""
    advertiser = visit.account.advertiser if visit.account else None
    search = visit.request.query_params.get("q", "").strip()[:_SEARCH_CHARACTERS]
    async with visit.pool.acquire() as connection:
        keys = await find_campaigns(connection, visit.now, advertiser, search)
        paging = _page(search, visit.request.query_params.get("page", ""), len(keys))
        shown = keys[paging.first - 1 : paging.last]
        campaigns = await list_campaigns(connection, visit.now, advertiser, shown)
        found = await standings(connection, campaigns, visit.now)
    return visit.page("campaign_list.html", groups=_groups(found), paging=paging)


def _page(search: str, asked: str, total: int) -> Paging:
    """Return the page asked for, or the nearest that there is."""
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    return Paging(search, max(min(number, Paging(search, 1, total).pages), 1), total)


def _groups(found: Sequence[Standing]) -> list[Group]:
    by_advertiser = groupby(found, lambda standing: (standing.campaign.advertiser, standing.campaign.advertiser_name))
    return [Group(name, list(group)) for (_, name), group in by_advertiser]
