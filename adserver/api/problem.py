"""What went wrong, as programs read it: `application/problem+json` (RFC 9457)."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class Problem(Exception):
    """Ends a request with a status, and a detail in English for whoever wrote the program."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def problem_response(problem: Problem) -> Response:
    """Return the problem as an answer."""
    title = HTTPStatus(problem.status).phrase
    body = {"type": "about:blank", "title": title, "status": problem.status, "detail": problem.detail}
    return Response(
        json.dumps(body, ensure_ascii=False),
        problem.status,
        {**HEADERS, **problem.headers},
        "application/problem+json",
    )


def json_response(body: str) -> Response:
    """Return JSON text as an answer that nobody keeps."""
    return Response(body, 200, HEADERS, "application/json")
