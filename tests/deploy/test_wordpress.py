"""The WordPress plugin's parts that need no WordPress, run by PHP."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

from adserver.delivery.reserve import stylesheet
from adserver.delivery.template import AdServerExtension, Publisher
from adserver.inventory.model import Placement, SiteId, Size, Slot, SlotId

Php = Callable[..., Any]

TEXT = re.compile(r"(?:__|esc_html__)\( '((?:[^'\\]|\\.)*)', 'adserver' \)")

WITHOUT_WORDPRESS = ("markup", "placement", "options", "connection", "settings")
HEADER = re.compile(r"\* Description: +(.*)")


@pytest.fixture(scope="session")
def plugin(root: Path) -> Path:
    return root / "deploy" / "wordpress" / "adserver"


@pytest.fixture
def php(plugin: Path, program: Callable[[str], str]) -> Php:
    """Call one of the plugin's functions, and return what it returns."""
    command = program("php")

    def call(function: str, *arguments: object) -> Any:
        files = "".join(f"require '{plugin}/includes/{name}.php';" for name in WITHOUT_WORDPRESS)
        code = f"{files} echo json_encode(Adserver\\{function}(...json_decode($argv[1], true)));"
        done = subprocess.run(
            [command, "-d", "display_errors=stderr", "-d", "error_reporting=-1", "-r", code, json.dumps(arguments)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return json.loads(done.stdout)

    return call


@pytest.fixture(scope="session")
def jinja() -> Environment:
    environment = Environment(autoescape=True, extensions=[AdServerExtension])
    environment.adserver = Publisher("https://ads.example", "demo-haber")  # type: ignore[attr-defined]
    return environment


def test_every_file_is_php(plugin: Path, program: Callable[[str], str]) -> None:
    files = sorted(plugin.rglob("*.php"))
    assert len(files) > 10
    for file in files:
        done = subprocess.run([program("php"), "-l", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("template", "function", "arguments"),
    [
        pytest.param("ad_style()", "style", ["https://ads.example", "demo-haber"], id="style"),
        pytest.param(
            "ad_tag(article='42', section='yerel')",
            "tag",
            ["https://ads.example/", "demo-haber", {"section": "yerel"}, "42"],
            id="tag",
        ),
        pytest.param(
            "ad_slot('top', collapse='empty', lazy=true, keyword=['a', 'b'])",
            "slot",
            ["top", {"keyword": ["a", "b"]}, {"collapse": "empty", "lazy": True}],
            id="slot",
        ),
        pytest.param("article_views('7')", "article_views", ["7"], id="views"),
        pytest.param(
            "ad_image('mail', n='4', alt='Reklam', width=300, height=250, city='Muğla')",
            "image",
            [
                "https://ads.example",
                "demo-haber",
                "mail",
                "4",
                {"alt": "Reklam", "width": 300, "height": 250, "key_values": {"city": "Muğla"}},
            ],
            id="image",
        ),
    ],
)
def test_php_and_jinja_place_the_same(
    php: Php, jinja: Environment, template: str, function: str, arguments: list[object]
) -> None:
    assert php(function, *arguments) == jinja.from_string(f"{{{{ {template} }}}}").render()


def test_text_stays_inside_its_attribute(php: Php) -> None:
    markup = php("slot", '"><script>', {"city": "\"'><b>"})
    assert markup == ('<div data-ad-slot="&quot;&gt;&lt;script&gt;" data-kv-city="&quot;&#039;&gt;&lt;b&gt;"></div>')


def test_key_values_are_made_such_that_the_server_takes_them(php: Php) -> None:
    given = {"City": " Kahramanmaraş ", "a b": "x", "x" * 21: "x", "n": None, "e": "", "k": ["a|b", "ş" * 50, ""]}
    assert php("key_values", given) == {"city": ["Kahramanmaraş"], "k": ["a b", "ş" * 40]}


def test_fragment_of_a_server_that_is_away_is_empty(php: Php) -> None:
    assert php("fragment", "http://127.0.0.1:1", "demo-haber", "top") == ""


P = "<p>Metin.</p>"
ARTICLE = [
    pytest.param(P * 5, (2,), P * 2 + "AD" + P * 3, id="after the second"),
    pytest.param(P * 5, (-1,), P * 5 + "AD", id="after the last"),
    pytest.param(P * 5, (-2,), P * 4 + "AD" + P, id="before the last"),
    pytest.param(P * 3 + "<h2>B</h2>" + P * 2, (-3,), P * 2 + "AD" + P + "<h2>B</h2>" + P * 2, id="from the end, back"),
    pytest.param(P * 3, (2,), P * 3, id="too short"),
    pytest.param(P * 5, (5,), P * 5, id="not at the end"),
    pytest.param(P * 5, (-6,), P * 5, id="not before the beginning"),
    pytest.param(
        P * 2 + "<h2>B</h2>" + P * 3, (2,), P * 2 + "<h2>B</h2>" + P + "AD" + P * 2, id="not before a heading"
    ),
    pytest.param(
        P * 2 + "<p><img src=a.png></p>" + P * 3,
        (2,),
        P * 2 + "<p><img src=a.png></p>" + P + "AD" + P * 2,
        id="not before a picture",
    ),
    pytest.param(
        P + '<p>Metin <img src="a.png"></p>' + P * 3,
        (2,),
        P + '<p>Metin <img src="a.png"></p>' + P + "AD" + P * 2,
        id="not after a picture",
    ),
    pytest.param(
        P * 2 + '\n<!-- wp:embed -->\n<figure class="wp-block-embed"><iframe></iframe></figure>' + P * 2,
        (2,),
        P * 2 + '\n<!-- wp:embed -->\n<figure class="wp-block-embed"><iframe></iframe></figure>' + P + "AD" + P,
        id="not before an embed",
    ),
    pytest.param(
        P * 2 + '<div data-ad-slot="x"></div>' + P * 3,
        (2,),
        P * 2 + '<div data-ad-slot="x"></div>' + P + "AD" + P * 2,
        id="not beside another ad",
    ),
    pytest.param(
        P + "<blockquote>" + P * 3 + "</blockquote>" + P * 4,
        (2,),
        P + "<blockquote>" + P * 3 + "</blockquote>" + P + "AD" + P * 3,
        id="a quotation's paragraphs do not count",
    ),
    pytest.param("<p>&nbsp;</p>" * 4 + P, (2,), "<p>&nbsp;</p>" * 4 + P, id="nor do empty ones"),
    pytest.param(
        "<!-- <p>a</p> --><script>'<p>a</p>'</script>" + P * 5,
        (1,),
        "<!-- <p>a</p> --><script>'<p>a</p>'</script>" + P + "AD" + P * 4,
        id="nor what is no markup",
    ),
    pytest.param(P * 8, (2, 2, 3), (P * 2 + "AD") * 3 + P * 2, id="every two"),
    pytest.param(P * 8, (2, 2, 2), (P * 2 + "AD") * 2 + P * 4, id="but no more than the most"),
    pytest.param(P * 4 + "</div></p><p", (2,), P * 2 + "AD" + P * 2 + "</div></p><p", id="broken markup"),
]


@pytest.mark.parametrize(("html", "where", "placed"), ARTICLE)
def test_ads_stand_between_paragraphs(php: Php, html: str, where: tuple[int, ...], placed: str) -> None:
    assert php("place", html, "AD", *where) == placed


def test_settings_keep_only_what_is_one(php: Php) -> None:
    typed = {
        "base": "ads.example/",
        "site": 'a"b',
        "before": "top",
        "paragraph": "-3",
        "most": "99",
        "without_ads": "afet, vefat,",
    }
    kept = php("cleaned", typed)
    assert {name: kept[name] for name in typed} == {
        "base": "https://ads.example",
        "site": "",
        "before": "top",
        "paragraph": -3,
        "most": 20,
        "without_ads": ["afet", "vefat"],
    }
    assert kept["reserve"] is False, "a box that is not ticked is not sent"


NUMBER_FIELD = {"type": "number", "class": "small-text"}
TEXT_FIELD = {"class": "regular-text code", "list": None, "spellcheck": "false", "autocapitalize": "none"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("reserve", True, {"type": "checkbox", "value": "1", "checked": True}, id="ticked"),
        pytest.param("reserve", False, {"type": "checkbox", "value": "1", "checked": False}, id="not ticked"),
        pytest.param("every", 3, {**NUMBER_FIELD, "value": 3, "min": 0, "max": 50}, id="number"),
        pytest.param("site", "haber", {"type": "text", "value": "haber", **TEXT_FIELD}, id="text"),
        pytest.param("inside", "a", {"type": "text", "value": "a", **TEXT_FIELD, "list": "adserver-slots"}, id="slot"),
        pytest.param("base", "https://a", {"type": "url", "value": "https://a", **TEXT_FIELD}, id="address"),
        pytest.param("without_ads", ["a", "b"], {"type": "text", "value": "a, b", **TEXT_FIELD}, id="list"),
    ],
)
def test_a_setting_is_typed_or_ticked_as_its_value_is(php: Php, name: str, value: object, expected: object) -> None:
    assert php("input_attributes", name, value) == expected


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "https://", "https://a b", "//x", "https://x/?q", 'https://x"']
)
def test_address_that_is_none_is_not_kept(php: Php, text: str) -> None:
    assert php("cleaned_base", text) == ""


def test_key_values_are_read_as_they_are_typed(php: Php) -> None:
    assert php("read_key_values", "city = Antalya, keyword=a|b, x") == {"city": ["Antalya"], "keyword": ["a", "b"]}


def block_texts(plugin: Path) -> set[str]:
    block = json.loads((plugin / "block.json").read_text("utf-8"))
    return {block["title"], block["description"], *block["keywords"]}


def test_every_text_has_its_turkish(plugin: Path, program: Callable[[str], str]) -> None:
    sources = [file.read_text("utf-8") for file in plugin.rglob("*.php")]
    texts = {text for source in sources for text in TEXT.findall(source)}
    texts |= block_texts(plugin) | {HEADER.search((plugin / "adserver.php").read_text("utf-8"))[1]}
    code = f"echo json_encode(require '{plugin}/languages/tr_TR.php');"
    turkish = json.loads(subprocess.run([program("php"), "-r", code], capture_output=True, check=True).stdout)
    assert len(texts) > 40
    assert texts == turkish.keys()


def test_names_of_slots_are_read_from_the_stylesheet(php: Php) -> None:
    slots = [
        Slot(SlotId(n), SiteId(1), name, "", (Size(300, 250), Size(728, 90)), Placement(2) if n == 1 else None)
        for n, name in enumerate(["top", "in-article", "şehir.1"])
    ]
    assert php("slots_of", stylesheet(slots)) == ["in-article", "top", "şehir.1"]
