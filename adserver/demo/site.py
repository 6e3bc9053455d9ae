"""The demo's news site: its pages under /demo/."""

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from adserver.demo.articles import Section, edition
from adserver.demo.audience import ISTANBUL
from adserver.demo.brands import brands
from adserver.demo.page import render
from adserver.demo.pictures import SCENES, picture_svg

RELATED = 4
SECONDS_ON_FRONT = 3
OTHERS_IN_SECTION = 6
PICTURE_HEADERS = {"cache-control": "public, max-age=86400"}


def routes() -> list[BaseRoute]:
    """Return the site's routes; the last one answers every other address below /demo/ with the 404 page."""
    return [
        Route("/demo", _to_home),
        Route("/demo/", home),
        Route("/demo/haber/{name}", article),
        Route("/demo/resim/{name}.svg", picture),
        Route("/demo/reklam/{key}", landing),
        Mount("/demo/static", StaticFiles(packages=[("adserver.demo", "static")])),
        Route("/demo/{section}", section),
        Route("/demo/{rest:path}", missing),
    ]


async def home(request: Request) -> Response:
    news = edition(_now())
    leads = news.leads()
    seconds = [item for item in news.articles if item not in leads][:SECONDS_ON_FRONT]
    return _page(request, "home", page_section="anasayfa", is_home=True, leads=leads, seconds=seconds)


async def section(request: Request) -> Response:
    try:
        wanted = Section(request.path_params["section"])
    except ValueError:
        return await missing(request)
    news = edition(_now())
    articles = news.of(wanted)
    others = [item for item in news.articles if item not in articles][:OTHERS_IN_SECTION]
    return _page(request, "section", page_section=wanted.value, section=wanted, articles=articles, others=others)


async def article(request: Request) -> Response:
    """Show the article whose id ends the address; an old or misspelt title leads to the right address."""
    news = edition(_now())
    found = news.find(request.path_params["name"].rpartition("-")[2])
    if found is None:
        return await missing(request)
    if request.url.path != found.path:
        return RedirectResponse(request.url.replace(path=found.path), status_code=301)
    related = news.related(found, RELATED)
    return _page(request, "article", page_section=found.story.section.value, article=found, related=related)


async def picture(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in SCENES:
        return await missing(request)
    return Response(picture_svg(name), media_type="image/svg+xml", headers=PICTURE_HEADERS)


async def landing(request: Request) -> Response:
    """The page to which an advertiser's creatives lead."""
    brand = brands().get(request.path_params["key"])
    return await missing(request) if brand is None else _page(request, "landing", brand=brand)


async def missing(request: Request) -> Response:
    return _page(request, "missing", 404, page_section="bulunamadi")


async def _to_home(request: Request) -> Response:
    return RedirectResponse(request.url.replace(path="/demo/"), status_code=301)


def _page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    return render(request, template, _now(), status, values)


def _now() -> datetime:
    return datetime.now(ISTANBUL)
