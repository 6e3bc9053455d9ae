"""What is served as the tag."""

import gzip
import re

import pytest

from adserver.decision.request import NoFill
from adserver.delivery.render import TEXT_LOOK
from adserver.delivery.reserve import LOOK
from adserver.delivery.tag import PART, TAG, Script, compact, with_letters


def test_tag_is_small() -> None:
    assert len(TAG.packed) <= 5_000
    assert gzip.decompress(TAG.packed) == TAG.plain


@pytest.mark.parametrize("script", [TAG, *PART.values()], ids=["tag", *PART])
def test_script_is_compiled_while_it_loads(script: Script) -> None:
    assert script.plain.startswith(b"//# allFunctionsCalledOnLoad\n")


def test_ads_look_alike_with_the_sites_stylesheet_and_without() -> None:
    assert LOOK.encode() == b"".join(re.findall(rb"'(:where.*?|letter.*?)'", PART["style"].plain))


def test_debug_explains_each_empty_slot() -> None:
    explained = re.findall(rb"[{,]'?([a-z-]+)'?:'", PART["debug"].plain.partition(b"};")[0])
    assert {reason.value.encode() for reason in NoFill} <= set(explained)


def test_texts_look_alike_in_includes() -> None:
    assert TEXT_LOOK.encode() == b"".join(re.findall(rb"'(:where.*?|color:inherit.*?)'", PART["text"].plain))


@pytest.mark.parametrize("part", PART)
def test_part_is_small(part: str) -> None:
    assert len(PART[part].packed) <= 2_000


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = b;  // why\n/* and\nhow */ c();\n", "a=b;c();"),
        ("if (a in b) {\n  return typeof c;\n}", "if(a in b){return typeof c}"),
        ("say('a  // b', \"/* c */\", `d  ${ e }`);", "say('a  // b',\"/* c */\",`d  ${ e }`);"),
        ("const SECONDS = 1000, MANY = 5;\nif (a < MANY) wait(30 * SECONDS);", "if(a<5)wait(30*1000);"),
        ("const a = 'const b';", "let a='const b';"),
        ("{\n  const a = b(1);\n  let c, d;\n  e();\n}", "{let a=b(1),c,d;e()}"),
        (r"say('it\'s  so');", r"say('it\'s  so');"),
        ("x = /[?&]a\\b/.test(y) ? 1 : -1;", "x=/[?&]a\\b/.test(y)?1:-1;"),
    ],
)
def test_script_is_made_small_without_being_changed(source: str, expected: str) -> None:
    assert compact(source) == expected


def test_functions_get_letters_for_names() -> None:
    source = "function ask(){}b.ask('ask',...ask(),asked?ask:a);"
    assert with_letters(source) == "function c(){}b.ask('ask',...c(),asked?c:a);"
