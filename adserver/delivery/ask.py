"""Reads what a page asks for: site, slots, article, key-values; the limits of each are here."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from adserver.delivery.device import Device, browser_of, device_of, os_of
from adserver.delivery.http import BadRequest, user_agent_of

SLOT_LIMIT = 16
KEY_VALUE_LIMIT = 32
KEY_CHARACTERS = 20
VALUE_CHARACTERS = 40
ARTICLE_CHARACTERS = 100
NAME_CHARACTERS = 64
CAPPED_LIMIT = 20
NOBODY: frozenset[str] = frozenset()
MOBILE_WIDTH = 480
"""CSS pixels: what a phone's page that does not tell its width is taken to offer at most."""


class Ask(NamedTuple):
    """`max_width` is in CSS pixels; None where any creative may be shown."""

    site: str
    slots: tuple[str, ...]
    page: str
    article: str | None
    attributes: Mapping[str, tuple[str, ...]]
    device: Device
    max_width: int | None
    capped: frozenset[str]
    """Campaigns that the reader's own record says have reached a cap."""


def read_ask(
    query: Iterable[tuple[str, str]], headers: Mapping[bytes, bytes], city_header: str | None, slot: str | None = None
) -> Ask:
    """Read an ad request; `slot` stands in for the query's `slots`. Raises BadRequest naming the fault."""
    single: dict[str, str] = {}
    attributes: dict[str, tuple[str, ...]] = {}
    for name, value in query:
        if name.startswith("kv."):
            key, values = _key_value(name, value)
            if values:
                attributes[key] = attributes[key] + values if key in attributes else values
        elif name not in single:
            single[name] = value
    if sum(map(len, attributes.values())) > KEY_VALUE_LIMIT:
        raise BadRequest(f"more than {KEY_VALUE_LIMIT} key-values")
    device, told = _told(user_agent_of(headers), headers.get(b"accept-language", b"")[:2])
    attributes = {**told, **attributes}
    if city_header and "city" not in attributes and (city := headers.get(city_header.encode(), b"")):
        attributes["city"] = (city.decode("utf-8", "replace")[:VALUE_CHARACTERS],)
    return Ask(
        site=single.get("site", ""),
        slots=(slot,) if slot is not None else _slots(single.get("slots", "")),
        page=single.get("page", ""),
        article=_article(single.get("article")),
        attributes=attributes,
        device=device,
        max_width=_width(single.get("w"), device),
        capped=_capped(single["capped"]) if "capped" in single else NOBODY,
    )


def read_article(text: str) -> str:
    """Check an article's id. Raises BadRequest."""
    if not 0 < len(text) <= ARTICLE_CHARACTERS or not text.isprintable():
        raise BadRequest(f"article must have 1 to {ARTICLE_CHARACTERS} printable characters")
    return text


# The same few thousand come again and again; checking one takes as long as finding it.
@lru_cache(maxsize=8192)
def _key_value(name: str, value: str) -> tuple[str, tuple[str, ...]]:
    """The key and its value; no value where it is blank."""
    key = name.removeprefix("kv.")
    if not 0 < len(key) <= KEY_CHARACTERS:
        raise BadRequest(f"the key of kv.{key[:KEY_CHARACTERS]} must have 1 to {KEY_CHARACTERS} characters")
    if len(value) > VALUE_CHARACTERS:
        raise BadRequest(f"the value of kv.{key} is above {VALUE_CHARACTERS} characters")
    return key, (value,) if value.strip() else ()


@lru_cache(maxsize=1024)
def _slots(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in text.split(",") if name))
    if len(names) > SLOT_LIMIT:
        raise BadRequest(f"more than {SLOT_LIMIT} slots")
    for name in names:
        if len(name) > NAME_CHARACTERS:
            raise BadRequest(f"a slot's name is above {NAME_CHARACTERS} characters")
    return names


def _capped(text: str) -> frozenset[str]:
    keys = frozenset(key for key in text.split(",") if key)
    if len(keys) > CAPPED_LIMIT:
        raise BadRequest(f"more than {CAPPED_LIMIT} capped campaigns")
    return keys


def _article(text: str | None) -> str | None:
    return read_article(text) if text else None


def _width(text: str | None, device: Device) -> int | None:
    if text is None:
        return MOBILE_WIDTH if device is Device.MOBILE else None
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        raise BadRequest("w must be a width in whole pixels")
    return int(text) or None


@lru_cache(maxsize=4096)
def _told(user_agent: bytes, language: bytes) -> tuple[Device, Mapping[str, tuple[str, ...]]]:
    """The device that the figures name, and what the headers tell where the page does not; not to be changed."""
    text = user_agent.decode("latin-1")
    device = device_of(text)
    attributes = {"device": (device.value,), "os": (os_of(text).value,), "browser": (browser_of(text).value,)}
    spoken = language.decode("latin-1").lower()
    if spoken.isalpha():
        attributes["language"] = (spoken,)
    return device, attributes
