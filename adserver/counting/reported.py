"""What browsers report: an event's kind, and the token that it bears."""

from typing import NamedTuple

from adserver.counting.events import EventKind
from adserver.counting.token import Token, TokenKeys

KINDS = {kind.value.encode(): kind for kind in EventKind}


class Reported(NamedTuple):
    """An event as it was sent; `token` is None where it is not one of ours. `is_alone` where no other event can bear
    this token, so that a click is not one without its impression."""

    kind: EventKind
    token: Token | None
    is_alone: bool = False


def read_line_in_python(keys: TokenKeys, line: bytes) -> Reported | None:
    """Read `<type> <token>`, or None where the line does not read so."""
    word, _, text = line.partition(b" ")
    kind = KINDS.get(word)
    if kind is None or not text:
        return None
    return Reported(kind, keys.read_bytes(text))
