"""Reads what a page asks for: site, slots, article, key-values; the limits of each are here."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from adserver.decision.request import Attributes
from adserver.delivery.compiled import fast
from adserver.delivery.device import Device, browser_of, device_of, os_of
from adserver.delivery.http import BadRequest, check_query, read_field, user_agent_of

SLOT_LIMIT = 16
KEY_VALUE_LIMIT = 32
KEY_CHARACTERS = 20
VALUE_CHARACTERS = 40
ARTICLE_CHARACTERS = 100
NAME_CHARACTERS = 64
CAPPED_LIMIT = 20
REMEMBERED_PIECES = 16_384
REMEMBERED_BYTES = 300
NOBODY: frozenset[str] = frozenset()
MOBILE_WIDTH = 480
"""CSS pixels: what a phone's page that does not tell its width is taken to offer at most."""


class Slots(NamedTuple):
    """Slots by `names`, and what the page calls them: one more of a name is `in-article~2`. Where they are called by
    their names, it is the same tuple."""

    names: tuple[str, ...]
    called: tuple[str, ...]


NO_SLOTS = Slots((), ())


class Uncountable(NamedTuple):
    """An article's id that cannot be counted: no reason to leave its page without ads."""

    reason: str


class Ask(NamedTuple):
    """`max_width` is in CSS pixels; None where any creative may be shown."""

    site: str
    slots: Slots
    page: str
    article: str | Uncountable | None
    attributes: Attributes
    device: Device
    max_width: int | None
    capped: frozenset[str]
    """Campaigns that the reader's own record says have reached a cap."""
    own: Mapping[int, Attributes]
    """What holds instead of `attributes` for the slots at these places."""
    shown: tuple[str, ...]
    """Campaigns of the ads that the page has already."""


class Fields(NamedTuple):
    """A query's single fields as they are read, of a repeated one the first, and all values of its key-values: those of
    the page, and by slot those of one slot alone."""

    single: Mapping[str, Any]
    attributes: dict[str, tuple[str, ...]]
    own: Mapping[str, Attributes]


class Piece(NamedTuple):
    """A field of a query: a key's `values`, none where it is blank, or a single field's `read` value; beside a key's
    values it is the slot that they are of, None for the page's."""

    key: str
    values: tuple[str, ...] | None
    read: Any


def read_fields(query: bytes, told: Attributes | None = None) -> Fields:
    """Read a query; what is `told` beside it holds for keys that it does not name. Raises BadRequest."""
    sort = sort_in_python if fast is None else fast.sort_query
    single, attributes, own, values = sort(check_query(query), PIECES, learn, told or {})
    if values > KEY_VALUE_LIMIT:
        raise BadRequest(f"more than {KEY_VALUE_LIMIT} key-values")
    for slot, values_there in own.items():
        if sum(map(len, values_there.values())) > KEY_VALUE_LIMIT:
            raise BadRequest(f"more than {KEY_VALUE_LIMIT} key-values of slot {slot}")
    return Fields(single, attributes, own)


def sort_in_python(
    query: bytes,
    pieces: Mapping[bytes, Piece],
    learn: Callable[[bytes], Piece],
    told: Attributes,
) -> tuple[dict[str, Any], dict[str, tuple[str, ...]], dict[str, dict[str, tuple[str, ...]]], int]:
    """Return single fields, the page's key-values with what is told, the slots' own, and how many values the page has.
    `pieces` has what `learn` said of a piece before."""
    single: dict[str, Any] = {}
    attributes: dict[str, tuple[str, ...]] = {}
    own: dict[str, dict[str, tuple[str, ...]]] = {}
    for piece in filter(None, query.split(b"&")):
        key, values, read = pieces.get(piece) or learn(piece)
        if values is None:
            single.setdefault(key, read)
        elif values:
            where = attributes if read is None else own.setdefault(read, {})
            where[key] = where.get(key, ()) + values
    return single, {**told, **attributes}, own, sum(map(len, attributes.values()))


def read_ask(
    query: bytes, headers: Mapping[bytes, bytes], city_header: str | None, slot: str | None = None
) -> tuple[Ask, Fields]:
    """Read an ad request; `slot` stands in for the query's `slots`. Raises BadRequest naming the fault."""
    device, told = told_by(user_agent_of(headers), headers.get(b"accept-language", b"")[:2])
    fields = read_fields(query, told)
    get, attributes, values_of_slots = fields.single.get, fields.attributes, fields.own
    if city_header is not None:
        add_city(attributes, headers, city_header)
    if slot is None:
        slots: Slots = get("slots", NO_SLOTS)
        asked = enumerate(slots.called)
        own = {place: {**attributes, **values_of_slots[name]} for place, name in asked if name in values_of_slots}
    else:
        slots, own = Slots((slot,), (slot,)), {}
        attributes |= values_of_slots.get(slot, {})
    width = get("w", MOBILE_WIDTH if device is Device.MOBILE else None) or None
    ask = Ask(
        get("site", ""),
        slots,
        get("page", ""),
        get("article"),
        attributes,
        device,
        width,
        get("capped", NOBODY),
        own,
        get("shown", ()),
    )
    return ask, fields


def add_city(attributes: dict[str, tuple[str, ...]], headers: Mapping[bytes, bytes], header: str) -> None:
    """Take the reader's city from the header of the operator's proxy, where the page does not name it."""
    if "city" not in attributes and (city := headers.get(header.encode(), b"")):
        attributes["city"] = (city.decode("utf-8", "replace")[:VALUE_CHARACTERS],)


def is_countable(article: str) -> bool:
    """Whether an article of this id can be counted."""
    return 0 < len(article) <= ARTICLE_CHARACTERS and article.isprintable()


def read_article(text: str) -> str:
    """Check an article's id. Raises BadRequest."""
    if not is_countable(text):
        raise BadRequest(f"article must have 1 to {ARTICLE_CHARACTERS} printable characters")
    return text


# The pages, provinces and sections of a day are few, and reading one takes as long as a decision.
PIECES: dict[bytes, Piece] = {}
"""What `learn` said of the fields that came of late."""


def learn(piece: bytes) -> Piece:
    """Read a field of a query, and remember it. Raises BadRequest naming the fault."""
    name, value = read_field(piece)
    slot, of_slot, key = name.partition(".kv.")
    if name.startswith("kv."):
        learnt = _key_value(name.removeprefix("kv."), value, None)
    elif of_slot:
        learnt = _key_value(key, value, slot)
    else:
        read = _READ.get(name)
        learnt = Piece(name, None, read(value) if read else value)
    if len(piece) <= REMEMBERED_BYTES:
        if len(PIECES) >= REMEMBERED_PIECES:
            PIECES.clear()
        PIECES[piece] = learnt
    return learnt


def _key_value(key: str, value: str, slot: str | None) -> Piece:
    if not 0 < len(key) <= KEY_CHARACTERS:
        raise BadRequest(f"the key of kv.{key[:KEY_CHARACTERS]} must have 1 to {KEY_CHARACTERS} characters")
    if len(value) > VALUE_CHARACTERS:
        raise BadRequest(f"the value of kv.{key} is above {VALUE_CHARACTERS} characters")
    return Piece(key, (value,) if value.strip() else (), slot)


def _slots(text: str) -> Slots:
    called = tuple(dict.fromkeys(name for name in text.split(",") if name))
    if len(called) > SLOT_LIMIT:
        raise BadRequest(f"more than {SLOT_LIMIT} slots")
    for name in called:
        if len(name) > NAME_CHARACTERS:
            raise BadRequest(f"a slot's name is above {NAME_CHARACTERS} characters")
    return Slots(tuple(name.partition("~")[0] for name in called) if "~" in text else called, called)


def _shown(text: str) -> tuple[str, ...]:
    return tuple(key for key in text.split(",") if key)


def _capped(text: str) -> frozenset[str]:
    keys = frozenset(key for key in text.split(",") if key)
    if len(keys) > CAPPED_LIMIT:
        raise BadRequest(f"more than {CAPPED_LIMIT} capped campaigns")
    return keys


def _article(text: str) -> str | Uncountable | None:
    try:
        return read_article(text) if text else None
    except BadRequest as fault:
        return Uncountable(str(fault))


def _width(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        raise BadRequest("w must be a width in whole pixels")
    return int(text)


_READ: Mapping[str, Callable[[str], Any]] = {
    "slots": _slots,
    "article": _article,
    "w": _width,
    "capped": _capped,
    "shown": _shown,
}


@lru_cache(maxsize=4096)
def told_by(user_agent: bytes, language: bytes) -> tuple[Device, Attributes]:
    """The device that the figures name, and what the headers tell where the page does not; not to be changed."""
    text = user_agent.decode("latin-1")
    device = device_of(text)
    attributes = {"device": (device.value,), "os": (os_of(text).value,), "browser": (browser_of(text).value,)}
    spoken = language.decode("latin-1").lower()
    if spoken.isalpha():
        attributes["language"] = (spoken,)
    return device, attributes
