"""Creatives as pages show them, and the preview of HTML ones in a frame that can do nothing to the page around it."""

from dataclasses import dataclass
from html import escape

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from adserver.console.campaigns import CampaignLine, list_campaigns
from adserver.console.visit import Visit
from adserver.inventory.macros import CLICK_MACROS
from adserver.inventory.model import Size
from adserver.reporting.scope import Connection

_CREATIVES = """
select creative.key, kind, size, asset, src, html, alt, click_url, title, text,
    creative.archived_at is null as is_current
from creative where campaign_id = $1 order by creative.key
"""
# An opaque origin: scripts of the creative see neither our cookies nor the page that frames it.
_PREVIEW_POLICY = "sandbox allow-scripts; default-src https: http: data: 'unsafe-inline'; frame-ancestors 'self'"
_PREVIEW_BOX = Size(270, 144)
_PREVIEW_PAGE = (
    '<!doctype html><meta charset="utf-8"><style>body{{margin:0;overflow:hidden}}</style><body>{html}</body>'
)


@dataclass(frozen=True, slots=True)
class CreativeView:
    """`image` is the address of its picture, None where it is HTML, or a text without one; a text has a `title`."""

    key: str
    size: Size
    image: str | None
    html: str | None
    alt: str
    click_url: str
    is_current: bool
    title: str | None
    text: str | None

    @property
    def preview_tenths(self) -> int:
        """Return by how many tenths of its size it fits the box of previews."""
        scale = min(_PREVIEW_BOX.width / self.size.width, _PREVIEW_BOX.height / self.size.height)
        return min(max(int(10 * scale), 1), 10)


async def list_creatives(connection: Connection, campaign: CampaignLine) -> list[CreativeView]:
    """Return the campaign's creatives by key, archived ones too."""
    return [
        CreativeView(
            key=row["key"],
            size=Size.parse(row["size"]),
            image=f"/a/{row['asset']}" if row["asset"] else row["src"],
            html=row["html"],
            alt=row["alt"],
            click_url=row["click_url"],
            is_current=row["is_current"],
            title=row["title"],
            text=row["text"],
        )
        for row in await connection.fetch(_CREATIVES, campaign.id)
    ]


async def creative_preview(visit: Visit) -> Response:
    """Show an HTML creative by itself, its click macro leading to the advertiser and counting nothing."""
    advertiser = visit.account.advertiser if visit.account else None
    params = visit.request.path_params
    async with visit.pool.acquire() as connection:
        campaigns = await list_campaigns(connection, visit.now, advertiser, [params["campaign"]])
        views = await list_creatives(connection, campaigns[0]) if campaigns else []
    view = next((view for view in views if view.key == params["creative"] and view.html is not None), None)
    if view is None:
        raise HTTPException(404)
    headers = {"content-security-policy": _PREVIEW_POLICY, "x-frame-options": "SAMEORIGIN"}
    return HTMLResponse(_PREVIEW_PAGE.format(html=_without_clicks(view)), headers=headers)


def _without_clicks(view: CreativeView) -> str:
    html = view.html or ""
    for macro in CLICK_MACROS:
        html = html.replace(macro, escape(view.click_url))
    return html
