"""Faults of an inventory file, as the person who wrote it should read them."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple


class Fault(NamedTuple):
    """`line` counts from 1 and is None where no line is to blame; `path` is like `advertisers[0].campaigns[1].goal`."""

    line: int | None
    path: str
    message: str

    def __str__(self) -> str:
        place = [f"line {self.line}"] if self.line else []
        return ": ".join([*place, *filter(None, [self.path]), self.message])


class InventoryFaults(Exception):
    """All faults of the file, in the order of its lines; nothing of it was applied."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: fault.line or 0)
        super().__init__("\n".join(map(str, self.faults)))


def one_of(options: Iterable[str]) -> str:
    """ "a, b or c", in the order given."""
    *first, last = options
    return f"{', '.join(first)} or {last}" if first else last


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """A question to add to a message, or "" where no option is near."""
    spellings = {option.lower(): option for option in options}
    near = get_close_matches(word.lower(), spellings, n=1)
    return f"; did you mean {spellings[near[0]]}?" if near else ""
