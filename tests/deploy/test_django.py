"""Django's template tags, run by Django."""

import importlib.util
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.template import Context, Engine
from django.utils.functional import lazystr
from jinja2 import Environment

from adserver.delivery.template import AdServerExtension, Publisher

Render = Callable[..., str]


@pytest.fixture(scope="session")
def render(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Render a template that has loaded the tags."""
    settings.configure(ADSERVER={"base_url": "https://ads.example", "site": "demo-haber"})
    django.setup()
    spec = importlib.util.spec_from_file_location("adserver_tags", root / "deploy" / "django" / "adserver_tags.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    engine = Engine()
    engine.template_libraries["adserver_tags"] = module.register

    def rendered(source: str, **values: object) -> str:
        return engine.from_string(f"{{% load adserver_tags %}}{source}").render(Context(values))

    return rendered


@pytest.fixture(scope="session")
def jinja() -> Environment:
    environment = Environment(autoescape=True, extensions=[AdServerExtension])
    environment.adserver = Publisher("https://ads.example", "demo-haber")  # type: ignore[attr-defined]
    return environment


@pytest.mark.parametrize(
    ("tag", "call"),
    [
        ("ad_style", "ad_style()"),
        ("ad_tag article=42 section='yerel' keyword=words", "ad_tag(article=42, section='yerel', keyword=words)"),
        (
            "ad_slot 'top' collapse='empty' lazy=True refresh=60 city=text",
            "ad_slot('top', collapse='empty', lazy=true, refresh=60, city=text)",
        ),
        ("ad_slot 'top' city=None", "ad_slot('top', city=none)"),
        (
            "ad_image 'mail' n=7 alt=text width=300 height=250 city=text keyword=words",
            "ad_image('mail', n=7, alt=text, width=300, height=250, city=text, keyword=words)",
        ),
        ("ad_slot 'top' temperature=degrees section=lasting", "ad_slot('top', temperature=degrees, section=lasting)"),
        ("ad_image 'mail' n=7 keyword=mixed", "ad_image('mail', n=7, keyword=mixed)"),
        ("article_views", "article_views()"),
        ("article_views text", "article_views(text)"),
    ],
)
def test_django_and_jinja_place_the_same(render: Render, jinja: Environment, tag: str, call: str) -> None:
    values = {
        "text": '"><script>&amp; Muğla',
        "words": ["deprem", "kuraklık"],
        "degrees": Decimal("25.5"),
        "lasting": "Antalya Büyükşehir Belediyesi Spor Kulübü Derneği",
        "mixed": (7, "Antalya Büyükşehir Belediyesi Spor Kulübü Derneği"),
    }
    ours = jinja.from_string(f"{{{{ {call} }}}}").render(values)
    # Both are right, and differ in how they write quotes.
    assert render(f"{{% {tag} %}}", **values).replace("&quot;", "&#34;") == ours


def test_translation_that_is_still_to_be_made_is_one_text(render: Render) -> None:
    assert render("{% ad_slot 'top' section=name %}", name=lazystr("Spor")) == (
        '<div data-ad-slot="top" data-kv-section="Spor"></div>'
    )


def test_name_that_is_no_attribute_is_refused(render: Render) -> None:
    with pytest.raises(ValueError, match="is no name for a key-value"):
        render("{% ad_slot 'top' City='x' %}")
