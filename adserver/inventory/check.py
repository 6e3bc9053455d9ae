"""One part of the file against its format: pydantic's errors as faults in plain English, with their lines."""

from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from adserver.inventory.document import Node, Path, show
from adserver.inventory.faults import Fault, did_you_mean, one_of
from adserver.inventory.fields import describe
from adserver.inventory.format import NESTED, Context, Part

_Part = TypeVar("_Part", bound=Part)
_EXPECTED = {
    "list_type": "a list",
    "tuple_type": "a list",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
}


def check(part: type[_Part], node: Node, path: Path, context: Context) -> tuple[_Part | None, list[Fault]]:
    """The part, or None and its faults. A key without a value counts as left out."""
    plain = node.plain()
    given = {key: value for key, value in plain.items() if value is not None} if isinstance(plain, dict) else plain
    try:
        return part.model_validate(given, context=context), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [_fault(detail, part, node, path) for detail in details]


def line_of(node: Node, path: Path) -> int:
    """The line of the deepest value on the path."""
    for step in path:
        inner = node.fields().get(step) if isinstance(step, str) else _item(node, step)
        if inner is None:
            break
        node = inner
    return node.line


def _item(node: Node, position: int) -> Node | None:
    items = node.items()
    return items[position] if position < len(items) else None


def _fault(detail: ErrorDetails, part: type[Part], node: Node, path: Path) -> Fault:
    return Fault(line_of(node, detail["loc"]), show((*path, *detail["loc"])), _message(detail, part))


def _message(detail: ErrorDetails, part: type[Part]) -> str:
    kind, loc = detail["type"], detail["loc"]
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    if kind == "missing":
        return f"{loc[-1]} is missing"
    if kind == "extra_forbidden":
        return _unknown_key(str(loc[-1]), _part_at(part, loc[:-1]))
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, found {describe(detail['input'])}"
    return detail["msg"]


def _unknown_key(key: str, part: type[Part]) -> str:
    known = list(part.model_fields)
    return f"unknown key {describe(key)}" + (did_you_mean(key, known) or f"; expected {one_of(known)}")


def _part_at(part: type[Part], loc: tuple[Any, ...]) -> type[Part]:
    names = [step for step in loc if isinstance(step, str)]
    return NESTED[names[-1]] if names else part
