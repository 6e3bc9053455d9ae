from random import Random

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from adserver.counting.rejection import is_declared_bot
from adserver.delivery.device import Device, device_of
from adserver.demo.audience import Reader
from adserver.demo.site import routes
from adserver.demo.user_agents import BROWSERS, ROBOTS
from adserver.demo.visit import Visit, ads_query, read_page

ARTICLE = "/demo/haber/narenciyede-hasat-basladi-bahcelerde-sabah-mesaisi-2417"
READER = Reader("Kahramanmaraş", Device.MOBILE)


class Publisher:
    """The demo's pages with an ad server that fills every slot and writes down what it is sent."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.events: list[str] = []
        self.clicks: list[str] = []
        self.statuses: list[int] = []
        own = [Route("/v1/ads", self._ads), Route("/v1/events", self._events, methods=["POST"])]
        self.app = Starlette(routes=[*own, Route("/v1/c/{token}", self._click), *routes()])

    async def _ads(self, request: Request) -> Response:
        self.asked.append(request)
        slots = {name: {"token": f"t-{name}"} for name in request.query_params["slots"].split(",")}
        return JSONResponse({"slots": slots, "view": "t-view"})

    async def _events(self, request: Request) -> Response:
        status = self.statuses.pop() if self.statuses else 204
        if status == 204:
            self.events += (await request.body()).decode().split("\n")
        return Response(status_code=status, headers={"retry-after": "2"})

    async def _click(self, request: Request) -> Response:
        self.clicks.append(request.path_params["token"])
        return RedirectResponse("https://advertiser.example")


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


async def read(publisher: Publisher, seed: int) -> list[float]:
    """Let a reader come; return how long it waited."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    transport = httpx2.ASGITransport(publisher.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        await Visit(client, Random(seed), pause).read(ARTICLE, READER)
    return pauses


async def test_reader_asks_as_the_tag_does(publisher: Publisher) -> None:
    await read(publisher, 1)
    query = publisher.asked[0].query_params
    assert query["site"] == "demo-haber"
    assert query["slots"] == "top,in-article,footer"
    assert (query["article"], query["w"]) == ("2417", "390")
    assert (query["kv.city"], query["kv.section"]) == ("Kahramanmaraş", "yerel")


async def test_reader_reports_views_impressions_and_what_was_viewable(publisher: Publisher) -> None:
    for seed in range(40):
        await read(publisher, seed)
    events = publisher.events
    assert events.count("view t-view") == 40
    assert events.count("impression t-top") > events.count("impression t-footer") > 0
    assert events.count("impression t-top") > events.count("viewable t-top") > 0


async def test_some_readers_click_and_some_events_come_twice(publisher: Publisher) -> None:
    for seed in range(300):
        await read(publisher, seed)
    assert 0 < len(publisher.clicks) < 15
    assert publisher.events.count("impression t-top") > 285


async def test_some_readers_are_robots_and_they_say_so(publisher: Publisher) -> None:
    for seed in range(120):
        await read(publisher, seed)
    robots = [request for request in publisher.asked if is_declared_bot(request.headers["user-agent"])]
    assert 0 < len(robots) < 20


async def test_events_are_sent_again_while_the_server_cannot_count(publisher: Publisher) -> None:
    publisher.statuses = [503]
    pauses = await read(publisher, 1)
    assert publisher.events.count("view t-view") == 1
    assert 2.0 in pauses


@pytest.mark.parametrize("device", BROWSERS)
def test_browsers_are_of_their_device_and_no_robots(device: Device) -> None:
    assert {device_of(agent) for agent in BROWSERS[device]} == {device}
    assert not any(is_declared_bot(agent) for agent in BROWSERS[device])


def test_robots_are_declared() -> None:
    assert all(is_declared_bot(agent) for agent in ROBOTS)


def test_a_page_without_an_article_asks_for_no_view() -> None:
    page = read_page('<script data-site="s" data-kv-city="Rize"></script><div data-ad-slot="top"></div>')
    query = dict(ads_query(page, "http://localhost/", 390))
    assert query == {"site": "s", "slots": "top", "page": "http://localhost/", "w": "390", "kv.city": "Rize"}
