"""The addresses of the pages for people."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adserver.console.articles import articles
from adserver.console.campaign_list import campaign_list
from adserver.console.campaign_page import campaign_page
from adserver.console.creatives import creative_preview
from adserver.console.downloads import campaign_download
from adserver.console.login import home, log_in, log_out, login_form
from adserver.console.overview import overview
from adserver.console.tags import tags
from adserver.console.templating import static
from adserver.console.visit import Access, Endpoint, answering

_PAGES: tuple[tuple[str, str, Endpoint, Access], ...] = (
    ("GET", "/", home, Access.ANYONE),
    ("GET", "/login", login_form, Access.ANYONE),
    ("POST", "/login", log_in, Access.ANYONE),
    ("POST", "/logout", log_out, Access.ANYONE),
    ("GET", "/console/", overview, Access.STAFF),
    ("GET", "/console/articles", articles, Access.STAFF),
    ("GET", "/console/tags", tags, Access.STAFF),
    ("GET", "/reports/", campaign_list, Access.ACCOUNT),
    ("GET", "/reports/{campaign}.{kind}", campaign_download, Access.ACCOUNT),
    ("GET", "/reports/{campaign}", campaign_page, Access.ACCOUNT),
    ("GET", "/reports/{campaign}/creatives/{creative}", creative_preview, Access.ACCOUNT),
)
_YEAR_SECONDS = 31_536_000
_FORM_BYTES = 16 * 1024


def routes() -> list[BaseRoute]:
    """Return the pages. They need `app.state.pool` (asyncpg) and `app.state.settings`."""
    pages = [
        Route(path, answering(endpoint, access), methods=[method], name=endpoint.__name__, max_body_size=_FORM_BYTES)
        for method, path, endpoint, access in _PAGES
    ]
    return [Route("/console/style.css", _stylesheet), Route("/console/script.js", _script), *pages]


async def _stylesheet(_: Request) -> Response:
    return _static("console.css", "text/css")


async def _script(_: Request) -> Response:
    return _static("console.js", "text/javascript")


def _static(name: str, media_type: str) -> Response:
    # Its address in the pages changes with its content.
    headers = {"cache-control": f"public, max-age={_YEAR_SECONDS}, immutable", "x-content-type-options": "nosniff"}
    return Response(static(name).content, media_type=media_type, headers=headers)
