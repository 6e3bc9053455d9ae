"""How a page of the news site is rendered: templates, what all pages show, Turkish dates and numbers."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from hashlib import blake2b
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, PackageLoader, pass_context
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import HTMLResponse

from adserver.delivery.template import Publisher
from adserver.demo.articles import Section, edition
from adserver.demo.audience import PROVINCE_PARAMETER
from adserver.demo.surroundings import Market, markets, provinces, weather

SITE = "demo-haber"
PAPER = "Güneyova Haber"
_LOCALE = "tr"


def render(request: Request, template: str, now: datetime, status: int, values: Mapping[str, Any]) -> HTMLResponse:
    """Render a page as it stands at `now`; the province that the address names decides the weather box."""
    chosen = request.query_params.get(PROVINCE_PARAMETER)
    path = request.url.path
    surroundings = {
        "now": now,
        "edition": edition(now),
        "weather": weather(chosen, now),
        "markets": markets(now.date()),
        "link": partial(_link, weather(chosen, now).province if chosen else None),
        "path": path,
        "canonical": str(request.base_url).rstrip("/") + path,
    }
    page = _environment().get_template(f"demo/{template}.html").render(surroundings | dict(values))
    return HTMLResponse(page, status, {"cache-control": "no-cache"})


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("adserver.demo"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["adserver.delivery.template.AdServerExtension"],
    )
    environment.adserver = Publisher("", SITE)  # type: ignore[attr-defined]
    environment.globals |= {
        "site": SITE,
        "paper": PAPER,
        "sections": [section for section in Section if section is not Section.AFET],
        "all_sections": list(Section),
        "provinces": provinces(),
        "static": _static,
    }
    environment.filters |= {
        "day_name": partial(format_date, format="d MMMM y EEEE", locale=_LOCALE),
        "weekday": partial(format_date, format="EEE", locale=_LOCALE),
        "moment": partial(format_datetime, format="d MMMM y EEEE, HH:mm", locale=_LOCALE),
        "clock": partial(format_datetime, format="d MMM HH:mm", locale=_LOCALE),
        "ago": _ago,
        "percent": _percent,
        "market_value": _market_value,
    }
    return environment


def _link(province: str | None, path: str) -> str:
    """Keep the chosen province in the address of every page."""
    return f"{path}?{urlencode({PROVINCE_PARAMETER: province})}" if province else path


@cache
def _static(name: str) -> str:
    """Return the address of a static file, different after each change of the file."""
    content = (files("adserver.demo") / "static" / name).read_bytes()
    return f"/demo/static/{name}?v={blake2b(content, digest_size=4).hexdigest()}"


@pass_context
def _ago(context: Context, published: datetime) -> str:
    now: datetime = context["now"]
    return format_timedelta(published - now, add_direction=True, locale=_LOCALE, threshold=1.2)


def _percent(change: float) -> str:
    return format_percent(abs(change), "%#,##0.00", locale=_LOCALE)


def _market_value(market: Market) -> str:
    return format_decimal(market.value, "#,##0." + "0" * market.digits if market.digits else "#,##0", locale=_LOCALE)
