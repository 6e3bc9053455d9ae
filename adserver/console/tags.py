"""`/console/tags`: what to copy into pages, for each slot of each site."""

from collections.abc import Sequence
from typing import NamedTuple

from asyncpg import Record
from starlette.exceptions import HTTPException
from starlette.responses import Response

from adserver.console.labels import N_
from adserver.console.snippets import WITH_TAG, WITHOUT_TAG, Placed, Snippet, Way, Where, snippets_of
from adserver.console.visit import CONTENT_POLICY, Visit
from adserver.delivery.origin import base_of
from adserver.inventory.load import LABELS
from adserver.inventory.model import Size

_SITES = "select id, key, name, language from site where archived_at is null order by name, key"
_SLOTS = """
select name, label, sizes, placement is not null as is_automatic from slot
where site_id = $1 and archived_at is null order by id
"""


class Explained(NamedTuple):
    """A way's name and when to choose it, in English; what to mind goes into `hint`."""

    title: str
    when: str
    hint: str = ""


WAYS = {
    Way.HTML: Explained(
        N_("HTML"),
        N_("For every site: two lines in the head, and an element where the ad is to appear."),
        N_("Put the article's number in place of 42, and its section in place of yerel."),
    ),
    Way.WORDPRESS: Explained(
        N_("WordPress"),
        N_("Our plugin also places slots into articles by itself, and has a block and a widget."),
        N_("The plugin is in deploy/wordpress/adserver."),
    ),
    Way.JINJA: Explained(
        N_("Jinja2"),
        N_("For Flask, FastAPI and other Python sites."),
        N_("Install the package adserver beside the site, from where this server has it."),
    ),
    Way.DJANGO: Explained(
        N_("Django"),
        N_("For Django's own templates."),
        N_("Copy deploy/django/adserver_tags.py into an app's templatetags."),
    ),
    Way.PHP: Explained(
        N_("PHP"),
        N_("For sites in plain PHP."),
        N_("Copy deploy/wordpress/adserver/includes/markup.php beside your templates."),
    ),
    Way.NGINX: Explained(
        N_("nginx include"),
        N_("nginx puts the ad into the page: readers without scripts see it too."),
        N_("It needs the location /_ads/ of deploy/nginx/adserver.conf."),
    ),
    Way.VARNISH: Explained(
        N_("Varnish include"),
        N_("The page comes from Varnish's cache, its ads are decided for each reader."),
        N_("It needs deploy/varnish/adserver.vcl."),
    ),
    Way.FRAME: Explained(
        N_("Frame"),
        N_("For pages whose head you cannot change."),
        N_("A frame has one size. Where phones come too, take a slot of narrow ads: wide ones do not fit."),
    ),
    Way.NOSCRIPT: Explained(
        N_("Without scripts"),
        N_("Inside the slot's element, for readers whose browser runs no scripts: they see image ads only."),
        N_("Where the page is written anew for each reader, put chance in place of 42, the same in both addresses."),
    ),
    Way.AMP: Explained(
        N_("AMP"), N_("For AMP pages; AMP wants https, and the ad below the first screen or behind a placeholder.")
    ),
    Way.MAIL: Explained(
        N_("Mail and RSS"),
        N_("An image and its link. Use a slot of its own, with image creatives of one size."),
        N_("Put the issue's or article's number in place of 42, the same in both addresses."),
    ),
}
WHERES = {
    Where.HEAD: N_("Once, in the page's head"),
    Where.PLACE: N_("Where the ad is to appear"),
    Where.SETTINGS: N_("Once, in the settings"),
}


class Group(NamedTuple):
    title: str
    about: str
    snippets: Sequence[Snippet]


async def tags(visit: Visit) -> Response:
    """Show the snippets of one slot: `?site=…&slot=…`, or of the first there is."""
    asked = visit.request.query_params
    async with visit.pool.acquire() as connection:
        sites = await connection.fetch(_SITES)
        if not sites:
            return visit.page("tags.html", sites=sites)
        site = _asked_for(sites, "key", asked.get("site"))
        slots = await connection.fetch(_SLOTS, site["id"])
    slot = _asked_for(slots, "name", asked.get("slot")) if slots else None
    groups = _groups(_placed(visit, site, slot)) if slot else []
    response = visit.page(
        "tags.html", sites=sites, site=site, slots=slots, slot=slot, groups=groups, ways=WAYS, wheres=WHERES
    )
    response.headers["content-security-policy"] = f"{CONTENT_POLICY}; script-src 'self'"
    return response


def _asked_for(rows: Sequence[Record], column: str, value: str | None) -> Record:
    if value is None:
        return rows[0]
    for row in rows:
        if row[column] == value:
            return row
    raise HTTPException(404)


def _placed(visit: Visit, site: Record, slot: Record) -> Placed:
    request = visit.request
    base = base_of(request.scope, dict(request.scope["headers"]), visit.settings)
    label = slot["label"] or LABELS[site["language"]]
    return Placed(base, site["key"], slot["name"], label, [Size.parse(size) for size in slot["sizes"]])


def _groups(slot: Placed) -> list[Group]:
    return [
        Group(
            N_("With the tag"),
            N_(
                "The usual choice. It works behind a full-page cache, keeps each ad's place free, chooses sizes that "
                "fit the screen, and measures what was viewable."
            ),
            snippets_of(slot, WITH_TAG),
        ),
        Group(
            N_("Without the tag"),
            N_(
                "Where no script may run, or where a server puts the page together. Impressions and clicks are counted "
                "all the same; what was viewable is measured in frames only."
            ),
            snippets_of(slot, WITHOUT_TAG),
        ),
    ]
