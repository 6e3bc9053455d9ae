"""Plain data as YAML that people like to read: short lists and mappings on one line, long texts as blocks."""

from io import StringIO
from typing import Any

import yaml

_LINE_LENGTH = 126  # the quotes that a text might need are counted
_INDENT = 2


class Block(dict[str, Any]):
    """A mapping that is written on several lines however short it is."""


class Rows(list[Any]):
    """A list that is written with each item on a line of its own."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)  # lists stand deeper than their key

    def ignore_aliases(self, data: object) -> bool:
        return True


def _block(dumper: _Dumper, data: Block) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=False)


def _rows(dumper: _Dumper, data: Rows) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=False)


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


# Days stand without quotes: our reader takes every value as text.
_Dumper.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
}
_Dumper.add_representer(Block, _block)
_Dumper.add_representer(Rows, _rows)
_Dumper.add_representer(str, _text)


def to_yaml(data: Block) -> str:
    """The data as text, keys in their order."""
    node = _Dumper(StringIO(), sort_keys=False, default_flow_style=True).represent_data(data)
    _lay_out(node, 0)
    text: str = yaml.serialize(node, Dumper=_Dumper, allow_unicode=True, width=float("inf"))
    return text


def _lay_out(node: yaml.Node, depth: int) -> int:
    """Choose the style of every list and mapping; returns the node's length on one line, or one too long for any."""
    if isinstance(node, yaml.ScalarNode):
        return _LINE_LENGTH if node.style == "|" else len(node.value) + 2
    assert isinstance(node, yaml.CollectionNode)  # noqa: S101
    if isinstance(node, yaml.MappingNode):
        length = 2 + sum(len(key.value) + 4 + _lay_out(value, depth + 1) for key, value in node.value)
    else:
        length = 2 + sum(2 + _lay_out(item, depth + 1) for item in node.value)
    if node.flow_style is False and node.value:
        return _LINE_LENGTH
    node.flow_style = length + depth * _INDENT <= _LINE_LENGTH
    return length
