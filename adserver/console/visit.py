"""A request to a page: who asks, in which language, whether they may, and what every answer carries."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any

import asyncpg
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from adserver.console.accounts import Account
from adserver.console.client import is_from_own_page, is_secure
from adserver.console.sessions import LIFETIME, find_session
from adserver.console.templating import environment_of
from adserver.console.words import LANGUAGES, Words, choose_language, words_of
from adserver.settings import Settings

SESSION_COOKIE = "adserver_session"
LANGUAGE_COOKIE = "adserver_language"
_LANGUAGE_SECONDS = 365 * 24 * 3600

_UNAVAILABLE = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError)
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data: http: https:; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load. One with a script of ours adds `script-src 'self'`."""
_HEADERS = {
    "cache-control": "private, no-store",
    "content-security-policy": CONTENT_POLICY,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
}


class Access(Enum):
    """Who may open a page."""

    ANYONE = auto()
    ACCOUNT = auto()
    STAFF = auto()


@dataclass(frozen=True, slots=True)
class Visit:
    """`account` is None where nobody is logged in, which only pages for ANYONE see."""

    request: Request
    account: Account | None
    words: Words
    now: datetime

    @property
    def pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        """The service's connections."""
        pool: asyncpg.Pool[asyncpg.Record] = self.request.app.state.pool
        return pool

    @property
    def settings(self) -> Settings:
        """The service's settings."""
        return settings_of(self.request)

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Render a template of templates/console/ in the reader's language."""
        languages = {code: str(self.request.url.include_query_params(lang=code).query) for code in LANGUAGES}
        environment = environment_of(self.words.language)
        text = environment.get_template(template).render(visit=self, language_queries=languages, **values)
        return HTMLResponse(text, status)


Endpoint = Callable[[Visit], Awaitable[Response]]


def settings_of(request: Request) -> Settings:
    """Return the service's settings."""
    settings: Settings = request.app.state.settings
    return settings


def answering(endpoint: Endpoint, access: Access) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint of Starlette's. Faults are told on a page; while Postgres is away it answers 503."""

    async def answer(request: Request) -> Response:
        visit = Visit(request, None, _words(request), datetime.now(UTC))
        try:
            visit = Visit(request, await _account(visit), visit.words, visit.now)
            response = _refusal(visit, access) or await endpoint(visit)
        except HTTPException as fault:
            response = fault_page(visit, fault.status_code)
        except _UNAVAILABLE:
            response = fault_page(visit, 503)
            response.headers["retry-after"] = "5"
        return _finish(response, visit)

    return answer


async def not_found(request: Request, _: Exception) -> Response:
    """Answer for an address that no page has; an exception handler of Starlette's."""
    visit = Visit(request, None, _words(request), datetime.now(UTC))
    return _finish(fault_page(visit, 404), visit)


def fault_page(visit: Visit, status: int, detail: str = "") -> Response:
    """Say what went wrong; `detail` in English, for whoever wrote the address by hand."""
    return visit.page("fault.html", status, code=status, detail=detail)


async def _account(visit: Visit) -> Account | None:
    token = visit.request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    async with visit.pool.acquire() as connection:
        return await find_session(connection, token, visit.now)


def _refusal(visit: Visit, access: Access) -> Response | None:
    request = visit.request
    if request.method == "POST" and not is_from_own_page(request, visit.settings):
        return fault_page(visit, 403)
    if access is not Access.ANYONE and visit.account is None:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(
            str(request.url.replace(path="/login", query="").include_query_params(next=target)), 303
        )
    if any("\0" in str(value) for value in request.path_params.values()):
        return fault_page(visit, 404)  # Postgres takes it in no text
    if access is Access.STAFF and visit.account and not visit.account.role.is_staff:
        return fault_page(visit, 403)
    return None


def _words(request: Request) -> Words:
    accepted = request.headers.get("accept-language", "")
    asked, remembered = request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)
    return words_of(choose_language(asked, remembered, accepted))


def _finish(response: Response, visit: Visit) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    secure = is_secure(visit.request, visit.settings)
    if visit.account and "set-cookie" not in response.headers:
        set_session_cookie(response, visit.request.cookies[SESSION_COOKIE], secure=secure)
    if visit.request.query_params.get("lang") == visit.words.language:
        response.set_cookie(LANGUAGE_COOKIE, visit.words.language, _LANGUAGE_SECONDS, secure=secure, httponly=True)
    return response


def set_session_cookie(response: Response, token: str, *, secure: bool) -> None:
    """Let the browser keep the session as long as we do."""
    seconds = int(LIFETIME.total_seconds())
    response.set_cookie(SESSION_COOKIE, token, seconds, secure=secure, httponly=True, samesite="lax")
