"""What the API has, as OpenAPI 3.1 tells it."""

from typing import Any

from adserver import __version__

_COUNT = {"type": "integer", "minimum": 0}
_SHARE = {"type": "number"}
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_DAY = {"type": "string", "format": "date"}


def document() -> dict[str, Any]:
    """Return the description; `paths` names every address there is."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "adserver", "version": __version__},
        "security": [{"key": []}],
        "paths": {
            "/api/v1/forecast": {"get": _operation("forecast", "Impressions to come", "Forecast")},
            "/api/v1/availability": {
                "get": _operation("availability", "Impressions to come, and what can still be sold", "Availability")
            },
            "/api/v1/why": {"get": _operation("why", "Each campaign's chance in a slot, or what keeps it out", "Why")},
        },
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "Made by `adserver api-key add`"}
            },
            "schemas": _schemas(),
        },
    }


def _operation(name: str, summary: str, schema: str) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": _why_parameters() if name == "why" else _parameters(),
        "responses": {
            "200": {
                "description": summary,
                "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
            },
            "400": {"description": "The question is wrong", "content": problem},
            "401": {"description": "No key, or one that is not known", "content": problem},
            "403": {"description": "The key's role may not read this", "content": problem},
            **({"404": {"description": "No such site or slot", "content": problem}} if name == "why" else {}),
            "503": {"description": "Not now; Retry-After tells when", "content": problem},
        },
    }


def _parameter(name: str, text: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": text, "required": required, "schema": schema}


def _parameters() -> list[dict[str, Any]]:
    dimensions = {"type": "object", "additionalProperties": _TEXTS}
    return [
        _parameter("from", "The first day, of the site's time zone", _DAY, required=True),
        _parameter("to", "The last day", _DAY, required=True),
        _parameter("site", "A site's key; all its slots, unless `slot` names some", _TEXT),
        _parameter("slot", "A slot as site/slot, or as its name beside `site`; may be given again", _TEXTS),
        _parameter("size", "Only where a creative of this size fits, as 728x90; may be given again", _TEXTS),
        {
            "name": "targeting",
            "in": "query",
            "description": (
                "For each dimension `kv.NAME=value` (given again: any of them) or `not.NAME=value` (none of them), or "
                "`min.NAME` and `max.NAME` for numbers; `kv.hours=mon-fri 07:00-10:00` for day-parts"
            ),
            "required": False,
            "style": "form",
            "explode": True,
            "schema": dimensions,
        },
    ]


def _why_parameters() -> list[dict[str, Any]]:
    dimensions = {"type": "object", "additionalProperties": _TEXTS}
    return [
        _parameter("site", "A site's key", _TEXT, required=True),
        _parameter("slot", "A slot's name; may be given again", _TEXTS, required=True),
        _parameter("at", "A time such as 2026-11-24T09:30, of the site's zone unless it has its own; now", _TEXT),
        _parameter("w", "CSS pixels that the page offers", {"type": "integer", "minimum": 0}),
        _parameter("capped", "Keys of campaigns that the reader has seen enough of, comma-separated", _TEXT),
        _parameter("attributes", "`kv.NAME=value` for each dimension, as in an ad request", dimensions),
    ]


def _schemas() -> dict[str, Any]:
    forecast = {
        "from": _DAY,
        "to": _DAY,
        "slots": _TEXTS,
        "targeting": _TEXTS,
        "forecast": _object(dict.fromkeys(("impressions", "low", "high", "pages", "viewable", "clicks"), _COUNT)),
        "held_out_error": {
            "oneOf": [
                {"type": "null"},
                _object({"weeks": _COUNT, **dict.fromkeys(("hourly", "daily", "weekly", "bias"), _SHARE)}),
            ],
            "description": "Weighted absolute percentage errors of the last weeks, each forecast without knowing it",
        },
        "history_weeks": {"type": "number"},
        "sampled_requests": _COUNT,
        "unknown_dimensions": _TEXTS,
    }
    left = ("impressions", "low", "contending_campaigns", "booked", "booked_short")
    problem = {"type": {"type": "string"}, "title": {"type": "string"}, "detail": {"type": "string"}}
    return {
        "Forecast": _object(forecast),
        "Availability": _object({**forecast, "available": _object(dict.fromkeys(left, _COUNT))}),
        "Why": _object({"site": _TEXT, "at": _TEXT, "weights_version": _COUNT, "slots": {"type": "object"}}),
        "Problem": _object({**problem, "status": {"type": "integer"}}),
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}
