"""What an apply changes: the wanted inventory compared with the stored one."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from adserver.inventory.columns import amount_text, placement_data
from adserver.inventory.model import Cap, Goal, Placement, Price
from adserver.inventory.periods import show_period
from adserver.inventory.records import Kind, Record, Ref, Stored
from adserver.inventory.targeting import targeting_data

_ORDER = {kind: position for position, kind in enumerate(Kind)}
_LONGEST_SHOWN = 80


class Action(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    RESTORE = "restore"
    ARCHIVE = "archive"


_MARKS = {Action.CREATE: "+", Action.CHANGE: "~", Action.RESTORE: "^", Action.ARCHIVE: "-"}


class Difference(NamedTuple):
    """A field that changes, its values as text."""

    field: str
    old: str
    new: str


class Change(NamedTuple):
    """`record` is what is to be stored; an archived one keeps what it has."""

    action: Action
    ref: Ref
    record: Record
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """In the order in which it is carried out."""

    changes: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.changes)

    def count(self, action: Action) -> int:
        return sum(change.action is action for change in self.changes)

    def summary(self) -> str:
        counts = [f"{count} to {action}" for action in Action if (count := self.count(action))]
        return ", ".join(counts) if counts else "nothing changes"

    def __str__(self) -> str:
        """A line for each change and each field that differs, then the summary."""
        lines = [line for change in self.changes for line in _lines(change)]
        return "\n".join([*lines, f"Plan: {self.summary()}."])


def compare(wanted: Mapping[Ref, Record], stored: Mapping[Ref, Stored], *, prune: bool) -> Plan:
    """The plan that makes the stored inventory the wanted one; only with `prune` anything is archived.

    Records that the file leaves out are archived children first, whatever they belong to.
    """
    changes = [change for ref, record in wanted.items() if (change := _change(ref, record, stored.get(ref)))]
    changes.sort(key=lambda change: _ORDER[change.ref.kind])
    if prune:
        unwanted = sorted(stored.keys() - wanted.keys(), key=lambda ref: (-_ORDER[ref.kind], ref))
        changes += [Change(Action.ARCHIVE, ref, stored[ref].record) for ref in unwanted if not stored[ref].archived]
    return Plan(tuple(changes))


def _change(ref: Ref, record: Record, stored: Stored | None) -> Change | None:
    if stored is None:
        return Change(Action.CREATE, ref, record)
    differences = tuple(_differences(stored.record, record))
    if stored.archived:
        return Change(Action.RESTORE, ref, record, differences)
    return Change(Action.CHANGE, ref, record, differences) if differences else None


def _differences(old: Record, new: Record) -> Iterator[Difference]:
    for field in fields(new):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before != after:
            if field.name == "budget_micros":
                before, after = (each and amount_text(each) for each in (before, after))
            yield Difference(field.name.removesuffix("_micros"), _show(before), _show(after))


def _lines(change: Change) -> Iterator[str]:
    yield f"{_MARKS[change.action]} {change.ref}" + (" (restored)" if change.action is Action.RESTORE else "")
    for difference in change.differences:
        yield f"    {difference.field}: {difference.old} → {difference.new}"


def _show(value: Any) -> str:
    text = _text(value) or "nothing"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}… ({len(text)} characters)"


def _text(value: Any) -> str:
    if isinstance(value, tuple) and not hasattr(value, "_fields"):  # a Size shows itself
        return ", ".join(map(_text, value))
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(" ", "minutes")
        case Goal(kind, amount):
            return f"{amount:f} {kind}"
        case Price(model, micros, currency):
            return f"{amount_text(micros)} {currency} {model}"
        case Cap(impressions, per):
            return f"{impressions} per {show_period(per)}"
    return _long_text(value)


def _long_text(value: Any) -> str:
    if isinstance(value, Placement):
        return json.dumps(placement_data(value))
    if isinstance(value, Mapping):
        return json.dumps(targeting_data(value), ensure_ascii=False)
    return " ".join(str(value).split())
