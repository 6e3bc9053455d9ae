import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from jinja2 import Environment, Undefined

from adserver.delivery.template import AdServerExtension, Publisher


@pytest.fixture
def environment() -> Environment:
    environment = Environment(autoescape=True, extensions=[AdServerExtension])
    environment.adserver = Publisher("https://ads.example", "demo-haber")  # type: ignore[attr-defined]
    return environment


def attributes(markup: str) -> dict[str, str | None]:
    """The attributes of the first element, as an HTML parser reads them."""
    parser = FirstElement()
    parser.feed(markup)
    return parser.found[0]


class FirstElement(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(dict(attrs))


def render(environment: Environment, source: str, **values: object) -> str:
    return environment.from_string(source).render(**values)


def test_slot_carries_its_name_and_key_values(environment: Environment) -> None:
    markup = render(environment, '{{ ad_slot("top", city="Antalya", temperature=25) }}')
    assert markup == '<div data-ad-slot="top" data-kv-city="Antalya" data-kv-temperature="25"></div>'


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (Decimal("25.5"), "25.5"),
        ([7, Decimal(8)], "7|8"),
        (["b" * 41, "a"], "b" * 40 + "|a"),
        (Undefined(), ""),
    ],
    ids=["decimal", "numbers", "longer than is taken", "undefined"],
)
def test_key_value_may_be_what_templates_have(environment: Environment, value: object, sent: str) -> None:
    assert attributes(render(environment, '{{ ad_slot("top", any=value) }}', value=value))["data-kv-any"] == sent


def test_tag_carries_site_article_and_key_values(environment: Environment) -> None:
    assert render(environment, '{{ ad_tag(article=42, section="yerel") }}') == (
        '<script async src="https://ads.example/tag.js" data-site="demo-haber" data-article="42" '
        'data-kv-section="yerel"></script>'
    )


def test_style_links_the_reserved_places(environment: Environment) -> None:
    markup = render(environment, "{{ ad_style() }}")
    assert markup == '<link rel="stylesheet" href="https://ads.example/v1/slots/demo-haber.css">'


def test_slot_says_how_it_takes_its_place(environment: Environment) -> None:
    assert attributes(render(environment, '{{ ad_slot("top", collapse="empty", lazy=True, refresh=45) }}')) == {
        "data-ad-slot": "top",
        "data-collapse": "empty",
        "data-lazy": None,
        "data-refresh": "45",
    }


def test_image_and_link_ask_for_the_same(environment: Environment) -> None:
    markup = render(environment, "{{ ad_image('mail', n=42, alt='Ad', width=300, height=250, city='Muğla & X') }}")
    query = "n=42&amp;w=300&amp;kv.city=Mu%C4%9Fla+%26+X"
    assert markup == (
        f'<a href="https://ads.example/v1/slots/demo-haber/mail.link?{query}" rel="sponsored noopener" target="_blank">'
        f'<img src="https://ads.example/v1/slots/demo-haber/mail.img?{query}" alt="Ad" width="300" height="250"></a>'
    )


def test_image_without_n_is_another_each_time_and_agrees_with_its_link(environment: Environment) -> None:
    first, second = (render(environment, "{{ ad_image('mail') }}") for _ in range(2))
    assert first != second
    link, image = re.findall(r"\?(n=[0-9a-f]+)", first)
    assert link == image


async def test_templates_may_be_rendered_asynchronously() -> None:
    environment = Environment(autoescape=True, extensions=[AdServerExtension], enable_async=True)
    environment.adserver = Publisher("https://ads.example", "demo-haber")  # type: ignore[attr-defined]
    template = environment.from_string("{{ ad_slot('top', city=city) }}")
    assert await template.render_async(city="<Antalya>") == (
        '<div data-ad-slot="top" data-kv-city="&lt;Antalya&gt;"></div>'
    )


def test_article_views_name_their_article_or_leave_it_to_the_tag(environment: Environment) -> None:
    assert render(environment, "{{ article_views() }}") == '<span data-article-views=""></span>'
    assert render(environment, "{{ article_views(7) }}") == '<span data-article-views="7"></span>'


def test_several_values_are_parted_by_a_bar(environment: Environment) -> None:
    markup = render(environment, "{{ ad_slot('top', keyword=words) }}", words=["deprem", "kuraklık"])
    assert attributes(markup)["data-kv-keyword"] == "deprem|kuraklık"


def test_value_of_none_is_left_out(environment: Environment) -> None:
    assert render(environment, "{{ ad_slot('top', city=none) }}") == '<div data-ad-slot="top"></div>'


@pytest.mark.parametrize("text", ['"><script>alert(1)</script>', "a' b", "&amp;", "<b>"])
def test_text_stays_inside_its_attribute(environment: Environment, text: str) -> None:
    slot = render(environment, "{{ ad_slot(text, city=text) }}", text=text)
    assert attributes(slot) == {"data-ad-slot": text, "data-kv-city": text}
    tag = render(environment, "{{ ad_tag(article=text) }}", text=text)
    assert attributes(tag)["data-article"] == text
    assert attributes(render(environment, "{{ article_views(text) }}", text=text)) == {"data-article-views": text}
    image = render(environment, "{{ ad_image(text, n=text, alt=text) }}", text=text)
    assert attributes(image).keys() == {"href", "rel", "target"}


def test_text_is_escaped_without_autoescape_too() -> None:
    environment = Environment(extensions=[AdServerExtension])
    assert attributes(render(environment, "{{ ad_slot(text) }}", text='"><b>')) == {"data-ad-slot": '"><b>'}


def test_tag_of_no_publisher_is_refused() -> None:
    with pytest.raises(RuntimeError, match="not set to a Publisher"):
        render(Environment(extensions=[AdServerExtension]), "{{ ad_tag() }}")


@pytest.mark.parametrize("key", ["", "a b", "City", "onload=x", "a" * 21, "-a", "şehir"])
def test_name_that_is_no_attribute_is_refused(environment: Environment, key: str) -> None:
    with pytest.raises(ValueError, match="is no name for a key-value"):
        render(environment, "{{ ad_slot('top', **values) }}", values={key: "x"})
