import json
from typing import Any

import pytest

from adserver.inventory.document import decode, parse, show
from adserver.inventory.faults import InventoryFaults


def test_every_value_is_text_as_written_or_nothing() -> None:
    node, faults = parse("[007, 1.50, no, 12:30, 2026-11-01, 'null', null, ~, '', 1e3, 0x1F, true]")
    assert node.plain() == [
        "007", "1.50", "no", "12:30", "2026-11-01", "null", None, None, "", "1e3", "0x1F", "true",
    ]  # fmt: skip
    assert faults == []


def test_json_is_yaml() -> None:
    node, _ = parse('{"sites": [{"key": "a", "weight": 2, "name": "\\u015eehir"}], "advertisers": []}')
    assert node.plain() == {"sites": [{"key": "a", "weight": "2", "name": "Şehir"}], "advertisers": []}


@pytest.mark.parametrize("value", ["😀", "\\😀", r"\ud83d\ude00", r"\\ud83d😀"])
def test_json_escapes_of_a_pair_are_one_character(value: str) -> None:
    assert parse(json.dumps([value]))[0].plain() == [value]


def test_every_value_knows_the_line_of_its_key_or_beginning() -> None:
    node, _ = parse("a:\n  - b: 1\n    c:\n      - x\n\n      - y\n")
    item = node.fields()["a"].items()[0]
    assert node.fields()["a"].line == 1
    assert item.line == 2
    assert item.fields()["c"].line == 3
    assert [inner.line for inner in item.fields()["c"].items()] == [4, 6]


def test_alias_stands_for_the_value_on_its_own_line() -> None:
    node, _ = parse("a: &sizes [1, 2]\nb: *sizes\n")
    assert node.plain() == {"a": ["1", "2"], "b": ["1", "2"]}
    assert node.fields()["b"].line == 2


def test_all_duplicate_keys_are_told_and_the_first_is_kept() -> None:
    node, faults = parse("a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert node.plain() == {"a": "1", "b": {"c": "1"}}
    assert [str(fault) for fault in faults] == [
        "line 2: b.c: c was already given on line 2",
        "line 3: a: a was already given on line 1",
    ]


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("a: 1\nb: [1, 2\nc: 3\n", "line 3: not YAML: while parsing a flow sequence did not find expected ',' or ']'"),
        ("a: 1\n\tb: 2\n", "line 2: not YAML"),
        ("a: 1\nb: \x01\n", "line 2: not YAML: control characters are not allowed"),
        ("a: 1\n---\nb: 2\n", "line 2: a second document begins"),
        ("a: !!python/object:os.system x", "line 1: a: tags such as tag:yaml.org,2002:python/object:os.system"),
        ("a: *b", "line 1: a: *b is used"),
        ("a: &a [*a]", "line 1: a[0]: *a is used"),
        ("? [a, b]\n: 1", "line 1: a key must be text"),
        ("[" * 40 + "]" * 40, "nested deeper than 16 levels"),
        ("[" * 100_000, "line 1"),
        (BOMB, "stands for more than 2,000,000 values"),
        ("a: '\ud800'", "half of a surrogate pair"),
    ],
    ids=lambda value: value[:12],
)
def test_text_that_cannot_be_read_on_is_told_by_its_line(text: str, message: str) -> None:
    with pytest.raises(InventoryFaults) as raised:
        parse(text)
    assert message in str(raised.value)


def test_file_is_utf8_with_or_without_a_mark() -> None:
    assert decode("\ufeffŞehir".encode()) == "Şehir"
    with pytest.raises(InventoryFaults, match="line 2: the file is not UTF-8 text"):
        decode(b"a: 1\nb: \xfe")


def test_huge_file_is_refused() -> None:
    with pytest.raises(InventoryFaults, match="larger than 32 MB"):
        decode(b"#" * (32 * 1024 * 1024 + 1))


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ((), ""),
        (("sites",), "sites"),
        (("advertisers", 0, "campaigns", 12, "goal"), "advertisers[0].campaigns[12].goal"),
    ],
)
def test_path_is_shown_as_people_write_it(path: Any, shown: str) -> None:
    assert show(path) == shown
