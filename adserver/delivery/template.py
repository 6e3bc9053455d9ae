"""Jinja2 extension by which a publisher's templates place the tag, its slots, article counts, and ads without scripts.

environment = Environment(autoescape=True, extensions=["adserver.delivery.template.AdServerExtension"])
environment.adserver = Publisher("https://ads.example", "demo-haber")

{{ ad_style() }} {{ ad_tag(article=article.id, section="yerel") }}
{{ ad_slot("top", city="Antalya") }} {{ article_views() }}
{{ ad_image("mail", n=issue.number, alt="Reklam", width=300, height=250) }}
"""

import random
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Literal, NamedTuple
from urllib.parse import quote, urlencode

from jinja2 import Environment
from jinja2.ext import Extension
from markupsafe import Markup

from adserver.delivery.ask import KEY_CHARACTERS, VALUE_CHARACTERS

KeyValue = str | int | float | Decimal | Iterable[object] | None
Collapse = Literal["before", "empty", "never"]

# What is left of a name as the HTML parser and the tag read it back: lower case, nothing that ends an attribute.
_KEY = re.compile(rf"[a-z0-9][a-z0-9_.-]{{0,{KEY_CHARACTERS - 1}}}")


class Publisher(NamedTuple):
    """Where the ad server is, as readers reach it, and which of its sites the templates belong to."""

    base_url: str
    site: str


class AdServerExtension(Extension):
    """Adds `ad_style`, `ad_tag`, `ad_slot`, `ad_image` and `article_views` for the publisher in the environment's
    `adserver`. All are plain functions whose results are safe HTML, in asynchronous environments too."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.extend(adserver=None)
        environment.globals |= {
            "ad_style": self.ad_style,
            "ad_tag": self.ad_tag,
            "ad_slot": ad_slot,
            "ad_image": self.ad_image,
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

    def ad_image(
        self,
        name: str,
        /,
        *,
        n: str | int | None = None,
        alt: str = "",
        width: int | None = None,
        height: int | None = None,
        **key_values: KeyValue,
    ) -> Markup:
        """Place an image and its link, for mail, feeds and `<noscript>`; an empty slot is one transparent pixel.

        Image and link with the same `n` and key-values lead to one creative. Where `n` is left out it is chance, which
        is right where a page or mail is rendered once for each reader. `width` is the widest that may come, too.
        """
        publisher = self._publisher()
        query = [("n", f"{random.getrandbits(48):x}" if n is None else str(n))]
        query += [("w", str(width))] if width is not None else []
        query += [(f"kv.{_key(key)}", text) for key, value in key_values.items() for text in _texts(value)]
        address = f"{publisher.base_url}/v1/slots/{quote(publisher.site)}/{quote(name, safe='')}"
        image = Markup('<img src="{}.img?{}" alt="{}"').format(address, urlencode(query), alt)
        for attribute, size in (("width", width), ("height", height)):
            if size is not None:
                image += Markup(' {}="{}"').format(attribute, size)
        link = Markup('<a href="{}.link?{}" rel="sponsored noopener" target="_blank">')
        return link.format(address, urlencode(query)) + image + Markup("></a>")

    def _publisher(self) -> Publisher:
        publisher: Publisher | None = self.environment.adserver  # type: ignore[attr-defined]
        if publisher is None:
            raise RuntimeError("the environment's `adserver` is not set to a Publisher")
        return publisher


def ad_slot(
    name: str,
    /,
    *,
    collapse: Collapse | None = None,
    lazy: bool = False,
    refresh: int | None = None,
    **key_values: KeyValue,
) -> Markup:
    """Place a slot. `collapse` says when it takes no place: `before` it is filled, when it stays `empty`, or `never`;
    `lazy` asks for it when the reader comes near; `refresh` anew after so many seconds of being viewable."""
    slot = Markup('<div data-ad-slot="{}"').format(name)
    if collapse is not None:
        slot += Markup(' data-collapse="{}"').format(collapse)
    if lazy:
        slot += Markup(" data-lazy")
    if refresh is not None:
        slot += Markup(' data-refresh="{}"').format(refresh)
    return slot + _attributes(key_values) + Markup("></div>")


def article_views(article: str | int = "") -> Markup:
    """Place the count of views of an article, or of the tag's own."""
    return Markup('<span data-article-views="{}"></span>').format(article)


def _attributes(key_values: dict[str, KeyValue]) -> Markup:
    attributes = Markup("")
    for key, value in key_values.items():
        name = _key(key)
        if value is not None:
            attributes += Markup(' data-kv-{}="{}"').format(name, "|".join(_texts(value)))
    return attributes


def _key(key: str) -> str:
    """Raises ValueError for a name that could not be sent, or that would not be one attribute."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no name for a key-value: lower case, at most {KEY_CHARACTERS} characters")
    return key


def _texts(value: KeyValue) -> list[str]:
    """Return what is sent: what the ad server would refuse is cut."""
    if value is None:
        return []
    texts = [value] if isinstance(value, str) or not isinstance(value, Iterable) else value
    return [str(text)[:VALUE_CHARACTERS] for text in texts]
