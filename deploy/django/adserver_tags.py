"""Django's template tags for adserver: copy this file into the `templatetags` folder of one of your apps.

# settings.py
ADSERVER = {"base_url": "https://ads.example", "site": "demo-haber"}

{% load adserver_tags %}
{% ad_style %} {% ad_tag article=article.pk section="yerel" %}
{% ad_slot "top" city="Antalya" %} {% article_views %}
{% ad_image "mail" n=issue.number alt="Reklam" width=300 height=250 %}

Key-values may be texts, numbers or lists of such; None is left out. It needs Django 4.2 or later and nothing else.
"""

import re
import secrets
from collections.abc import Iterable
from urllib.parse import quote, urlencode

from django import template
from django.conf import settings
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join

register = template.Library()

_KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,19}")
_LONGEST = 40  # characters of a value: the ad server refuses more


@register.simple_tag
def ad_style():
    """Link the stylesheet that keeps the slots' places free."""
    return format_html('<link rel="stylesheet" href="{base_url}/v1/slots/{site}.css">', **settings.ADSERVER)


@register.simple_tag
def ad_tag(article=None, **key_values):
    """Load the tag; `article` is the one whose view is counted, the key-values hold for the whole page."""
    counted = "" if article is None else format_html(' data-article="{}"', article)
    return format_html(
        '<script async src="{base_url}/tag.js" data-site="{site}"{counted}{values}></script>',
        counted=counted,
        values=_attributes(key_values),
        **settings.ADSERVER,
    )


@register.simple_tag
def ad_slot(name, collapse=None, lazy=False, refresh=None, **key_values):
    """Place a slot; `collapse` is "before", "empty" or "never", `refresh` the seconds after which its ad changes."""
    return format_html(
        '<div data-ad-slot="{}"{}{}{}{}></div>',
        name,
        "" if collapse is None else format_html(' data-collapse="{}"', collapse),
        " data-lazy" if lazy else "",
        "" if refresh is None else format_html(' data-refresh="{}"', refresh),
        _attributes(key_values),
    )


@register.simple_tag
def ad_image(name, n=None, alt="", width=None, height=None, **key_values):
    """Place an image and its link, for mail and pages without scripts; with the same `n` they lead to one creative."""
    query = [("n", secrets.token_hex(6) if n is None else n)]
    query += [("w", width)] if width is not None else []
    query += [(f"kv.{_key(key)}", text) for key, value in key_values.items() for text in _texts(value)]
    place = f"{settings.ADSERVER['base_url']}/v1/slots/{quote(settings.ADSERVER['site'])}/{quote(name, safe='')}"
    sizes = [(name, size) for name, size in (("width", width), ("height", height)) if size is not None]
    return format_html(
        '<a href="{place}.link?{query}" rel="sponsored noopener" target="_blank">'
        '<img src="{place}.img?{query}" alt="{alt}"{sizes}></a>',
        place=place,
        query=urlencode(query),
        alt=alt,
        sizes=format_html_join("", ' {}="{}"', sizes),
    )


@register.simple_tag
def article_views(article=""):
    """Place the count of views of an article, or of the tag's own."""
    return format_html('<span data-article-views="{}"></span>', article)


def _attributes(key_values):
    values = [(_key(key), "|".join(_texts(value))) for key, value in key_values.items() if value is not None]
    return format_html_join("", ' data-kv-{}="{}"', values)


def _key(key):
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no name for a key-value: lower case, at most 20 characters")
    return key


def _texts(value):
    if value is None:
        return []
    # A translation that is still to be made has a text's methods, so it would be parted into letters.
    texts = [value] if isinstance(value, str | Promise) or not isinstance(value, Iterable) else value
    return [str(text)[:_LONGEST] for text in texts]
