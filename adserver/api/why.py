"""`GET /api/v1/why`: for each campaign its chance in a slot, or what keeps it out."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from adserver.api.problem import Problem, json_response
from adserver.decision.explain import explain
from adserver.decision.explained import explanation_data
from adserver.decision.request import AdRequest
from adserver.delivery.context import Context
from adserver.inventory.model import Site


@dataclass(frozen=True, slots=True)
class Asked:
    """`at` is as written, None for now; `slots` are names."""

    site: str
    slots: tuple[str, ...]
    at: str | None
    width: int | None
    capped: frozenset[str]
    attributes: dict[str, tuple[str, ...]]


async def why(request: Request) -> Response:
    """Answer from this worker's own inventory and weights, as an ad request with these values would be."""
    context: Context = request.app.state.context
    asked = read_asked(request.query_params.multi_items())
    snapshot = context.snapshot
    if snapshot is None:
        raise Problem(503, "no inventory has been read yet", {"retry-after": "2"})
    site = snapshot.index.sites.get(asked.site)
    if site is None:
        raise Problem(404, f"there is no site {asked.site!r}")
    names = {slot.name for slot in snapshot.slots_of(site)}
    if missing := [name for name in asked.slots if name not in names]:
        raise Problem(404, f"the site has no slot {', '.join(map(repr, missing))}")
    now = _moment(asked.at, site)
    ask = AdRequest(site, asked.slots, asked.attributes, now, asked.width, asked.capped)
    slots = await asyncio.to_thread(explain, snapshot.index, ask, context.paces)
    body = {
        "site": site.key,
        "at": now.isoformat(),
        "weights_version": context.paces.version,
        **explanation_data(slots),
    }
    return json_response(json.dumps(body, ensure_ascii=False))


def read_asked(parameters: Iterable[tuple[str, str]]) -> Asked:
    """Read the question. Raises Problem."""
    single: dict[str, str] = {}
    slots: list[str] = []
    attributes: dict[str, tuple[str, ...]] = {}
    for name, value in parameters:
        if name.startswith("kv.") and len(name) > 3:
            attributes[name[3:]] = (*attributes.get(name[3:], ()), value)
        elif name == "slot":
            slots += [each for each in value.split(",") if each]
        elif name in ("site", "at", "w", "capped"):
            single[name] = value
        else:
            raise Problem(400, f"there is no parameter {name}")
    if not single.get("site") or not slots:
        raise Problem(400, "site or slot is missing")
    capped = frozenset(filter(None, single.get("capped", "").split(",")))
    return Asked(
        single["site"], tuple(dict.fromkeys(slots)), single.get("at"), _width(single.get("w")), capped, attributes
    )


def _width(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise Problem(400, "w must be a width in whole pixels")
    return int(text) or None


def _moment(text: str | None, site: Site) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(
            400, "at must be a time such as 2026-11-24T09:30, of the site's zone unless it has its own"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(site.timezone))
