"""YAML text as a tree in which every value knows its line; JSON is YAML."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NoReturn

import yaml
from yaml.events import AliasEvent, CollectionStartEvent, Event, NodeEvent, ScalarEvent, SequenceStartEvent

from adserver.inventory.faults import Fault, InventoryFaults

Step = str | int
Path = tuple[Step, ...]
Plain = str | list["Plain"] | dict[str, "Plain"] | None

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where libyaml is there
MAX_BYTES = 32 * 1024 * 1024
_MAX_DEPTH = 16
# Aliases multiply: nine lines can stand for a billion values.
_MAX_VALUES = 2_000_000
# JSON writes what lies beyond U+FFFF as a pair of escapes, YAML as one.
_ESCAPED_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the line of its key, or of its beginning. `size` counts the values in it, aliases written out.

    Scalars are text as it was written, numbers too, or None: what a text means is for its field to say. So 007, 1.50,
    no and 12:30 are never turned into something else.
    """

    line: int
    value: "str | list[Node] | dict[str, Node] | None"
    size: int = 1

    def fields(self) -> "dict[str, Node]":
        return self.value if isinstance(self.value, dict) else {}

    def items(self) -> "list[Node]":
        return self.value if isinstance(self.value, list) else []

    def text(self, key: str) -> str | None:
        """The text at `key`, trimmed; None where there is none."""
        node = self.fields().get(key)
        return node.value.strip() if node and isinstance(node.value, str) else None

    def plain(self) -> Plain:
        match self.value:
            case dict() as fields:
                return {key: node.plain() for key, node in fields.items()}
            case list() as items:
                return [node.plain() for node in items]
            case scalar:
                return scalar


def decode(content: bytes) -> str:
    """The text of a file. Raises InventoryFaults when it is too large or not UTF-8."""
    if len(content) > MAX_BYTES:
        raise InventoryFaults([Fault(None, "", f"the file is larger than {MAX_BYTES // 1024**2} MB")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InventoryFaults([Fault(line, "", "the file is not UTF-8 text")]) from error


def parse(text: str) -> tuple[Node, list[Fault]]:
    """The tree of the text's one document, and the duplicate keys, of which the first is kept.

    Raises InventoryFaults for a text that cannot be read on.
    """
    builder = _Builder(text)
    try:
        return builder.document(), builder.faults
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(filter(None, [error.context, error.problem]))
        raise InventoryFaults([Fault(mark.line + 1 if mark else None, "", f"not YAML: {message}")]) from error
    except yaml.reader.ReaderError as error:
        line = text.encode().count(b"\n", 0, error.position) + 1
        raise InventoryFaults([Fault(line, "", f"not YAML: {error.reason}")]) from error
    except UnicodeEncodeError as error:
        raise InventoryFaults([Fault(None, "", "the text has half of a surrogate pair")]) from error


def show(path: Path) -> str:
    """The path as people write it: `advertisers[0].campaigns[1].goal`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


class _Builder:
    def __init__(self, text: str) -> None:
        self.faults: list[Fault] = []
        self._events: Iterator[Event] = iter(yaml.parse(_ESCAPED_PAIR.sub(_one_escape, text), Loader=_Loader))
        self._anchors: dict[str | None, Node] = {}

    def document(self) -> Node:
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise InventoryFaults([Fault(None, "", "the file is empty")])
        root = self._node(next(self._events), ())
        next(self._events)  # the end of the document
        if not isinstance(event := next(self._events), yaml.StreamEndEvent):
            self._stop(event, (), "a second document begins; the file must be one")
        return root

    def _node(self, event: Event, path: Path) -> Node:
        assert isinstance(event, NodeEvent)  # noqa: S101
        if isinstance(event, AliasEvent):
            if aliased := self._anchors.get(event.anchor):
                return aliased
            self._stop(event, path, f"*{event.anchor} is used, but no complete value before it is called so")
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag not in (None, "!"):
            self._stop(event, path, f"tags such as {event.tag} are not part of the format")
        if len(path) > _MAX_DEPTH:
            self._stop(event, path, f"nested deeper than {_MAX_DEPTH} levels")
        node = self._value(event, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _value(self, event: Event, path: Path) -> Node:
        line = _line(event)
        if isinstance(event, ScalarEvent):
            return Node(line, None if event.implicit[0] and event.value in _NULLS else event.value)
        if isinstance(event, SequenceStartEvent):
            items = self._items(path)
            return Node(line, items, self._sum(event, path, items))
        fields = self._fields(path)
        return Node(line, fields, self._sum(event, path, list(fields.values())))

    def _items(self, path: Path) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(replace(self._node(event, (*path, len(items))), line=_line(event)))
        return items

    def _fields(self, path: Path) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                self._stop(event, path, "a key must be text")
            key, line = event.value, _line(event)
            node = replace(self._node(next(self._events), (*path, key)), line=line)
            if first := fields.get(key):
                self.faults.append(Fault(line, show((*path, key)), f"{key} was already given on line {first.line}"))
            else:
                fields[key] = node
        return fields

    def _sum(self, event: Event, path: Path, nodes: list[Node]) -> int:
        size = 1 + sum(node.size for node in nodes)
        if size > _MAX_VALUES:
            self._stop(event, path, f"stands for more than {_MAX_VALUES:,} values")
        return size

    def _stop(self, event: Event, path: Path, message: str) -> NoReturn:
        raise InventoryFaults([*self.faults, Fault(_line(event), show(path), message)])


def _one_escape(match: re.Match[str]) -> str:
    high, low = int(match[2], 16), int(match[3], 16)
    return f"{match[1]}\\U{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:08x}"


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
