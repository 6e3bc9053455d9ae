"""The templates of the pages, an environment for each language."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from adserver.console import labels
from adserver.console.words import LANGUAGES, words_of


@cache
def environment_of(language: str) -> Environment:
    """Return the environment whose filters and texts are those of the language."""
    words = words_of(language)
    environment = Environment(
        loader=PackageLoader("adserver", "templates/console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(words.translations, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "number": words.number,
        "percent": words.percent,
        "money": words.money,
        "day": words.day,
        "moment": words.moment,
        "translate": words.text,
    }
    environment.globals |= {
        "labels": labels,
        "language": language,
        "languages": LANGUAGES,
        "stylesheet_version": static("console.css").version,
        "script_version": static("console.js").version,
    }
    return environment


class Static(NamedTuple):
    """A file of the pages; its address names the version, which changes with the content."""

    content: bytes
    version: str


@cache
def static(name: str) -> Static:
    """Return one of the pages' own files in static/."""
    content = (files("adserver") / "static" / name).read_bytes()
    return Static(content, hashlib.sha256(content).hexdigest()[:12])
