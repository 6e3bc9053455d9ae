"""Values of the model as columns: amounts, and JSON in the form of the inventory file."""

import json
from dataclasses import asdict
from typing import Any

import asyncpg

from adserver.inventory.model import Cap, Goal, GoalKind, Placement, Price, PriceModel, Size, Targeting
from adserver.inventory.periods import read_period, show_period
from adserver.inventory.targeting import targeting_data, targeting_of


def goal_of(row: asyncpg.Record) -> Goal | None:
    return Goal(GoalKind(row["goal_kind"]), row["goal_amount"]) if row["goal_kind"] else None


def price_of(row: asyncpg.Record) -> Price | None:
    return Price(PriceModel(row["price_model"]), row["price_micros"], row["currency"]) if row["price_model"] else None


def amount_text(micros: int) -> str:
    """The amount with at least two decimals, and no more than it needs: 45.00, 12.375."""
    whole, rest = divmod(micros, 1_000_000)
    return f"{whole}.{f'{rest:06}'.rstrip('0'):0<2}"


def sizes_of(texts: list[str]) -> tuple[Size, ...]:
    return tuple(map(Size.parse, texts))


def caps_data(caps: tuple[Cap, ...]) -> list[dict[str, Any]]:
    return [{"impressions": cap.impressions, "per": show_period(cap.per)} for cap in caps]


def caps_json(caps: tuple[Cap, ...]) -> str:
    return json.dumps(caps_data(caps))


def caps_of(text: str) -> tuple[Cap, ...]:
    return tuple(Cap(cap["impressions"], read_period(cap["per"])) for cap in json.loads(text)) if text != "[]" else ()


def targeting_json(targeting: Targeting) -> str:
    return json.dumps(targeting_data(targeting), ensure_ascii=False)


def targeting_from(text: str) -> Targeting:
    return targeting_of(json.loads(text)) if text != "{}" else {}


def placement_data(placement: Placement | None) -> dict[str, Any] | None:
    if placement is None:
        return None
    return {name: value for name, value in asdict(placement).items() if value is not None}


def placement_json(placement: Placement | None) -> str | None:
    return json.dumps(placement_data(placement)) if placement else None


def placement_of(text: str | None) -> Placement | None:
    return None if text is None else Placement(**json.loads(text))
