"""Jinja2 extension by which a publisher's templates place the tag, its slots and article counts.

environment = Environment(autoescape=True, extensions=["adserver.delivery.template.AdServerExtension"])
environment.adserver = Publisher("https://ads.example", "demo-haber")

{{ ad_style() }} {{ ad_tag(article=article.id, section="yerel") }}
{{ ad_slot("top", city="Antalya") }} {{ article_views() }}
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from jinja2 import Environment
from jinja2.ext import Extension
from markupsafe import Markup

from adserver.delivery.ask import KEY_CHARACTERS

KeyValue = str | int | float | Iterable[str] | None

# What is left of a name as the HTML parser and the tag read it back: lower case, nothing that ends an attribute.
_KEY = re.compile(rf"[a-z0-9][a-z0-9_.-]{{0,{KEY_CHARACTERS - 1}}}")


class Publisher(NamedTuple):
    """Where the ad server is, as readers reach it, and which of its sites the templates belong to."""

    base_url: str
    site: str


class AdServerExtension(Extension):
    """Adds `ad_style`, `ad_tag`, `ad_slot` and `article_views` for the publisher in the environment's `adserver`."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.extend(adserver=None)
        environment.globals |= {
            "ad_style": self.ad_style,
            "ad_tag": self.ad_tag,
            "ad_slot": ad_slot,
            "article_views": article_views,
        }

    def ad_style(self) -> Markup:
        """Link the stylesheet that keeps the slots' places free.

        A browser paints nothing until it has it: a page that must not wait for the ad server copies the few rules.
        """
        publisher = self._publisher()
        return Markup('<link rel="stylesheet" href="{}/v1/slots/{}.css">').format(*publisher)

    def ad_tag(self, *, article: str | int | None = None, **key_values: KeyValue) -> Markup:
        """Load the tag; `article` is the one whose view is counted, the key-values hold for the whole page."""
        publisher = self._publisher()
        tag = Markup('<script async src="{}/tag.js" data-site="{}"').format(*publisher)
        if article is not None:
            tag += Markup(' data-article="{}"').format(article)
        return tag + _attributes(key_values) + Markup("></script>")

    def _publisher(self) -> Publisher:
        publisher: Publisher | None = self.environment.adserver  # type: ignore[attr-defined]
        if publisher is None:
            raise RuntimeError("the environment's `adserver` is not set to a Publisher")
        return publisher


def ad_slot(name: str, /, *, collapse: bool = False, **key_values: KeyValue) -> Markup:
    """Place a slot; with `collapse` it vanishes in the reader's sight when it stays empty."""
    slot = Markup('<div data-ad-slot="{}"').format(name)
    if collapse:
        slot += Markup(" data-ad-collapse")
    return slot + _attributes(key_values) + Markup("></div>")


def article_views(article: str | int = "") -> Markup:
    """Place the count of views of an article, or of the tag's own."""
    return Markup('<span data-article-views="{}"></span>').format(article)


def _attributes(key_values: dict[str, KeyValue]) -> Markup:
    """Raises ValueError for a name that could not be sent, or that would not be one attribute."""
    attributes = Markup("")
    for key, value in key_values.items():
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no name for a key-value: lower case, at most {KEY_CHARACTERS} characters")
        if value is not None:
            attributes += Markup(' data-kv-{}="{}"').format(key, _text(value))
    return attributes


def _text(value: str | int | float | Iterable[str]) -> str:
    return str(value) if isinstance(value, str | int | float) else "|".join(value)
