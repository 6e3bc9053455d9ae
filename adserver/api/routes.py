"""The addresses of the API."""

import json
from collections.abc import Awaitable, Callable
from functools import cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adserver.api.access import staff_of
from adserver.api.forecast import availability, forecast
from adserver.api.openapi import document
from adserver.api.problem import Problem, json_response, problem_response
from adserver.api.why import why

Endpoint = Callable[[Request], Awaitable[Response]]

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def routes() -> list[BaseRoute]:
    """Return the API's routes. They need `app.state.pool` (asyncpg), `settings` and `context`."""
    return [
        _route("/api/openapi.json", _openapi, is_open=True),
        _route("/api/v1/forecast", forecast),
        _route("/api/v1/availability", availability),
        _route("/api/v1/why", why),
        _route("/api/{rest:path}", _missing, is_open=True),
    ]


def _route(path: str, endpoint: Endpoint, *, is_open: bool = False) -> Route:
    async def answer(request: Request) -> Response:
        try:
            if request.method not in ("GET", "HEAD"):
                raise Problem(405, f"{request.method} is not known here", {"allow": "GET, HEAD"})
            if not is_open:
                await staff_of(request)
            return await endpoint(request)
        except Problem as problem:
            return problem_response(problem)

    return Route(path, answer, methods=list(_METHODS), name=endpoint.__name__)


async def _openapi(_: Request) -> Response:
    return json_response(_document())


@cache
def _document() -> str:
    return json.dumps(document(), ensure_ascii=False)


async def _missing(request: Request) -> Response:
    raise Problem(404, f"there is no {request.url.path}: GET /api/openapi.json tells what there is")
