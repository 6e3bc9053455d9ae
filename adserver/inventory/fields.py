"""What single values of the file may be: each reader takes what was written and returns the value or says why not."""

import re
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, PlainValidator

from adserver.decision.daypart import week_minutes
from adserver.inventory.faults import did_you_mean, one_of
from adserver.inventory.model import Size
from adserver.inventory.periods import read_period

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
KEY = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", re.ASCII)
_SIZE = re.compile(r"([1-9]\d{0,3})\s*[xX×]\s*([1-9]\d{0,3})", re.ASCII)
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.ASCII)
_MICROS = 1_000_000
_MAX_AMOUNT = 10**9
_MAX_PARAGRAPHS = 1000
_Value = TypeVar("_Value")


class SlotKey(NamedTuple):
    """A slot's name is unique within its site only."""

    site: str
    slot: str

    def __str__(self) -> str:
        return f"{self.site}/{self.slot}"


def describe(value: Any) -> str:
    """The value as a message names it."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    text = "" if value is None else str(value).strip()
    return f"{text[:57]}…" if len(text) > 60 else text or "nothing"


def read_text(value: Any) -> str:
    """Any text on one line, trimmed."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected text, found {describe(value)}")
    if CONTROL.search(value.strip()):
        raise ValueError("expected text on one line, without control characters")
    if len(value) > 500:
        raise ValueError(f"expected at most 500 characters, found {len(value)}")
    return value.strip()


def read_lines(value: Any) -> str:
    """A text of several lines, or a list of its lines."""
    if isinstance(value, list):
        value = "\n".join(map(read_text, value))
    if not isinstance(value, str):
        raise ValueError(f"expected text, found {describe(value)}")
    lines = [line.replace("\t", " ").rstrip() for line in value.split("\n")]
    if any(map(CONTROL.search, lines)):
        raise ValueError("expected text without control characters")
    return "\n".join(lines).strip("\n")


def read_key(value: Any) -> str:
    text = read_text(value)
    if not KEY.fullmatch(text):
        raise ValueError(f"expected at most 64 of a-z, 0-9 and dashes, not at its ends, found {describe(text)}")
    return text


def read_size(value: Any) -> Size:
    text = read_text(value)
    match = _SIZE.fullmatch(text)
    if not match:
        raise ValueError(f"expected a size such as 728x90, found {describe(text)}")
    return Size(int(match[1]), int(match[2]))


def read_slot_key(value: Any) -> SlotKey:
    text = read_text(value)
    parts = text.split("/")
    if len(parts) != 2 or not all(map(KEY.fullmatch, parts)):
        raise ValueError(f"expected site/slot, found {describe(text)}")
    return SlotKey(*parts)


def read_domain(value: Any) -> str:
    """A host name in lower case, non-ASCII ones as browsers send them, or an IP address."""
    text = read_text(value).lower().rstrip(".")
    try:
        return str(ip_address(text.strip("[]")))
    except ValueError:
        pass
    try:
        name = text.encode("idna").decode() if text else ""
    except UnicodeError:
        name = ""
    if not _HOST.fullmatch(name):
        raise ValueError(
            f"expected a host name such as haber.example, without scheme, port or path, found {describe(value)}"
        )
    return name


def read_timezone(value: Any) -> str:
    text = read_text(value)
    if text not in available_timezones():
        hint = did_you_mean(text, available_timezones())
        raise ValueError(f"expected a time zone such as Europe/Istanbul, found {describe(text)}{hint}")
    return text


def read_url(value: Any) -> str:
    text = read_text(value) if not isinstance(value, str) or len(value) <= 500 else value.strip()
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or len(text) > 2000 or re.search(r"[\s\"<>\\]", text):
        raise ValueError(f"expected an address beginning with https:// or http://, found {describe(text)}")
    return text


def read_price(value: Any) -> int:
    """An amount of money as micros."""
    text = read_text(value)
    try:
        micros = Decimal(text) * _MICROS
    except InvalidOperation:
        hint = f"; write {text.replace(',', '.')}" if re.fullmatch(r"\d+,\d+", text) else ""
        raise ValueError(f"expected an amount such as 45.00, found {describe(text)}{hint}") from None
    if not micros.is_finite() or not 0 <= micros <= _MAX_AMOUNT * _MICROS:
        raise ValueError(f"expected an amount from 0 to {_MAX_AMOUNT}, found {describe(text)}")
    if micros != int(micros):
        raise ValueError(f"expected at most 6 decimals, found {describe(text)}")
    return int(micros)


def read_share(value: Any) -> Decimal:
    text = read_text(value)
    try:
        share = Decimal(text)
    except InvalidOperation:
        share = Decimal(0)
    if not share.is_finite() or not 0 < share <= 1 or share != round(share, 6):
        raise ValueError(f"expected a share above 0 and at most 1, such as 0.25, found {describe(text)}")
    return share


def whole(low: int, high: int) -> PlainValidator:
    def read(value: Any) -> int:
        text = read_text(value)
        if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
            raise ValueError(f"expected a whole number, found {describe(text)}")
        if not low <= int(text) <= high:
            raise ValueError(f"expected a whole number from {low} to {high}, found {describe(text)}")
        return int(text)

    return PlainValidator(read)


def read_paragraph(value: Any) -> int:
    text = read_text(value)
    if not re.fullmatch(r"-?\d{1,4}", text, re.ASCII) or not 1 <= abs(int(text)) <= _MAX_PARAGRAPHS:
        expected = f"a paragraph from 1 to {_MAX_PARAGRAPHS}, or from -1 on, counted from the end"
        raise ValueError(f"expected {expected}, found {describe(text)}")
    return int(text)


def read_selector(value: Any) -> str:
    """A CSS selector as far as it can be judged here: what the browser refuses is told in the page's console."""
    text = read_text(value)
    if re.search(r"[{}<;]|//", text) or any(text.count(a) != text.count(b) for a, b in ("()", "[]")):
        raise ValueError(f"expected a CSS selector such as article or .news-text, found {describe(text)}")
    return text


def member(options: type[StrEnum], *only: StrEnum) -> PlainValidator:
    def read(value: Any) -> StrEnum:
        text = read_text(value)
        names = [option.value for option in only or options]
        if text not in names:
            raise ValueError(f"expected {one_of(names)}, found {describe(text)}{did_you_mean(text, names)}")
        return options(text)

    return PlainValidator(read)


def _currency(value: Any) -> str:
    text = read_text(value)
    if not re.fullmatch("[A-Z]{3}", text):
        raise ValueError(f"expected a currency such as TRY, found {describe(text)}")
    return text


def read_hours(value: Any) -> str:
    text = read_text(value)
    week_minutes(text)
    return text


def read_yes_no(value: Any) -> bool:
    text = read_text(value)
    if text not in ("true", "false"):
        raise ValueError(f"expected true or false, found {describe(text)}")
    return text == "true"


def _once(values: tuple[_Value, ...]) -> tuple[_Value, ...]:
    seen: set[_Value] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{value} is given twice")
        seen.add(value)
    return values


def _some(values: tuple[_Value, ...]) -> tuple[_Value, ...]:
    if not values:
        raise ValueError("expected at least one")
    return values


Text = Annotated[str, PlainValidator(read_text)]
Selector = Annotated[str, PlainValidator(read_selector)]
Lines = Annotated[str, PlainValidator(read_lines)]
Key = Annotated[str, PlainValidator(read_key)]
SizeText = Annotated[Size, PlainValidator(read_size)]
SlotReference = Annotated[SlotKey, PlainValidator(read_slot_key)]
Domain = Annotated[str, PlainValidator(read_domain)]
TimeZone = Annotated[str, PlainValidator(read_timezone)]
Url = Annotated[str, PlainValidator(read_url)]
Micros = Annotated[int, PlainValidator(read_price)]
Currency = Annotated[str, PlainValidator(_currency)]
Hours = Annotated[str, PlainValidator(read_hours)]
YesNo = Annotated[bool, PlainValidator(read_yes_no)]
Share = Annotated[Decimal, PlainValidator(read_share)]
Period = Annotated[timedelta, PlainValidator(lambda value: read_period(read_text(value)))]
Set = Annotated[tuple[_Value, ...], AfterValidator(_once)]
NonEmptySet = Annotated[tuple[_Value, ...], AfterValidator(_some), AfterValidator(_once)]
