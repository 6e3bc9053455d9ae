"""Targeting of a campaign: read from the file with every fault, and as plain data for storage and export."""

import math
import re
from collections.abc import Iterator, Mapping
from sys import intern
from typing import Any

from adserver.decision.daypart import week_minutes
from adserver.inventory.document import Node, Path, show
from adserver.inventory.faults import Fault, did_you_mean, one_of
from adserver.inventory.fields import CONTROL
from adserver.inventory.model import AnyOf, Between, Condition, NoneOf, Targeting

TEXT_DIMENSIONS = frozenset(
    ("city", "region", "country", "device", "os", "browser", "language", "section", "keyword", "referrer", "hours")
)
DEVICES = ("desktop", "mobile", "tablet", "other")
_MAX_VALUE_LENGTH = 40
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,19}", re.ASCII)
_EXPECTED = "a value, a list of values, {not: …} or {min: …, max: …}"


def read_targeting(node: Node, path: Path) -> tuple[Targeting, list[Fault]]:
    """The conditions that are right, and the faults of the others."""
    faults: list[Fault] = []
    if not isinstance(node.value, dict):
        return {}, [Fault(node.line, show(path), "expected dimensions with their conditions, such as city: [Antalya]")]
    conditions: dict[str, Condition] = {}
    for name, condition_node in node.fields().items():
        place = (*path, name)
        if not _NAME.fullmatch(name):
            message = "a dimension's name is at most 20 lower-case letters, digits, points, dashes and underscores"
            faults.append(Fault(condition_node.line, show(place), message))
            continue
        found = list(_faults(name, condition_node, place))
        faults += found
        if not found:
            conditions[name] = _condition(condition_node)
    return conditions, faults


def targeting_data(targeting: Targeting) -> dict[str, Any]:
    """Lists, texts and numbers in the form of the file, for JSON and YAML."""
    return {name: _condition_data(condition) for name, condition in targeting.items()}


def targeting_of(data: Mapping[str, Any]) -> Targeting:
    """What `targeting_data` gave."""
    return {intern(name): _stored_condition(condition) for name, condition in data.items()}


def _faults(name: str, node: Node, path: Path) -> Iterator[Fault]:
    fields = node.fields()
    if set(fields) & {"min", "max"}:
        yield from _range_faults(name, node, path)
    elif set(fields) == {"not"}:
        yield from _value_faults(name, fields["not"], (*path, "not"))
    elif isinstance(node.value, dict):
        hint = did_you_mean(next(iter(fields), ""), ("not", "min", "max"))
        yield Fault(node.line, show(path), f"expected {_EXPECTED}, found {{{', '.join(fields)}}}{hint}")
    else:
        yield from _value_faults(name, node, path)


def _range_faults(name: str, node: Node, path: Path) -> Iterator[Fault]:
    if name in TEXT_DIMENSIONS:
        yield Fault(node.line, show(path), f"{name} is text; min and max are for numbers")
        return
    for key, bound in node.fields().items():
        if key not in ("min", "max"):
            yield Fault(bound.line, show((*path, key)), "only min and max may stand together")
        elif _number(bound) is None:
            yield Fault(bound.line, show((*path, key)), f"expected a number, found {bound.plain()}")
    lowest, highest = (_number(node.fields().get(key)) for key in ("min", "max"))
    if lowest is not None and highest is not None and lowest > highest:
        yield Fault(node.line, show(path), f"min {lowest:g} is above max {highest:g}, so it never holds")


def _value_faults(name: str, node: Node, path: Path) -> Iterator[Fault]:
    if not isinstance(node.value, list):
        yield from _fault_of(name, node, path)
        return
    if not node.value:
        yield Fault(node.line, show(path), "the list is empty; leave the dimension out")
    for position, item in enumerate(node.value):
        yield from _fault_of(name, item, (*path, position))


def _fault_of(name: str, node: Node, path: Path) -> Iterator[Fault]:
    value = node.value
    if not isinstance(value, str) or not value.strip():
        yield Fault(node.line, show(path), f"expected {_EXPECTED}")
    elif len(value.strip()) > _MAX_VALUE_LENGTH:
        yield Fault(node.line, show(path), f"a value has at most {_MAX_VALUE_LENGTH} characters, this has {len(value)}")
    elif CONTROL.search(value.strip()):
        yield Fault(node.line, show(path), "a value must not have control characters")
    elif name == "device" and value.strip().lower() not in DEVICES:
        message = f"expected {one_of(DEVICES)}, found {value}{did_you_mean(value, DEVICES)}"
        yield Fault(node.line, show(path), message)
    elif name == "hours":
        try:
            week_minutes(value)
        except ValueError as error:
            yield Fault(node.line, show(path), str(error))


def _condition(node: Node) -> Condition:
    fields = node.fields()
    if "not" in fields:
        return NoneOf(_values(fields["not"]))
    if fields:
        return Between(_number(fields.get("min")), _number(fields.get("max")))
    return AnyOf(_values(node))


def _values(node: Node) -> tuple[str, ...]:
    nodes = node.items() or [node]
    return tuple(dict.fromkeys(item.value.strip() for item in nodes if isinstance(item.value, str)))


def _number(node: Node | None) -> float | None:
    if node is None or not isinstance(node.value, str):
        return None
    try:
        number = float(node.value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _condition_data(condition: Condition) -> Any:
    match condition:
        case AnyOf(values):
            return list(values)
        case NoneOf(values):
            return {"not": list(values)}
        case Between(minimum, maximum):
            bounds = {"min": minimum, "max": maximum}
            return {key: _short(bound) for key, bound in bounds.items() if bound is not None}


def _short(number: float) -> float:
    return int(number) if number.is_integer() else number


def _stored_condition(data: Any) -> Condition:
    if isinstance(data, list):
        return AnyOf(tuple(map(intern, data)))
    if "not" in data:
        return NoneOf(tuple(map(intern, data["not"])))
    return Between(*(None if data.get(key) is None else float(data[key]) for key in ("min", "max")))
