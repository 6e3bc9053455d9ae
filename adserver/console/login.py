"""Logging in and out."""

import time

from starlette.responses import RedirectResponse, Response

from adserver.console.accounts import Account, find_by_password, normal_email
from adserver.console.client import client_network, is_secure
from adserver.console.sessions import begin_session, end_session
from adserver.console.throttle import WINDOW_SECONDS, Throttle
from adserver.console.visit import SESSION_COOKIE, Visit, set_session_cookie


async def home(visit: Visit) -> Response:
    """Send whoever comes to where they work."""
    return RedirectResponse(_home_of(visit.account), 303)


async def login_form(visit: Visit) -> Response:
    """Ask for e-mail and password; who is logged in goes on."""
    target = _safe_target(visit.request.query_params.get("next"))
    if visit.account:
        return RedirectResponse(target or _home_of(visit.account), 303)
    return visit.page("login.html", email="", target=target, fault=None)


async def log_in(visit: Visit) -> Response:
    """Begin a session, or say that e-mail and password do not go together, which does not tell which is wrong."""
    form = await visit.request.form(max_files=0, max_fields=8)
    email, password, asked = (str(form.get(name, "")) for name in ("email", "password", "next"))
    network, throttle = client_network(visit.request, visit.settings), _throttle(visit)
    target = _safe_target(asked)
    if not throttle.admits(normal_email(email), network, time.monotonic()):
        response: Response = visit.page("login.html", 429, email=email, target=target, fault="throttled")
        response.headers["retry-after"] = str(WINDOW_SECONDS)
        return response
    async with visit.pool.acquire() as connection:
        found = await find_by_password(connection, email, password)
        if found is None:
            return visit.page("login.html", 403, email=email, target=target, fault="wrong")
        account_id, account = found
        token = await begin_session(connection, account_id, visit.now)
    throttle.forgive(normal_email(email), network)
    response = RedirectResponse(target or _home_of(account), 303)
    set_session_cookie(response, token, secure=is_secure(visit.request, visit.settings))
    return response


async def log_out(visit: Visit) -> Response:
    """End the session."""
    if token := visit.request.cookies.get(SESSION_COOKIE):
        async with visit.pool.acquire() as connection:
            await end_session(connection, token)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax")
    return response


def _home_of(account: Account | None) -> str:
    if account is None:
        return "/login"
    return "/console/" if account.role.is_staff else "/reports/"


def _safe_target(target: str | None) -> str:
    """Return a path of our own, or nothing: a login must not lead to another site."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable():
        return ""
    return target


def _throttle(visit: Visit) -> Throttle:
    state = visit.request.app.state
    if not hasattr(state, "login_throttle"):
        state.login_throttle = Throttle()
    throttle: Throttle = state.login_throttle
    return throttle
