"""What can be asked of the forecast, read from the words of a command or an address."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from adserver.decision.daypart import week_minutes
from adserver.decision.schedule import HOURS
from adserver.inventory.model import AnyOf, Between, Condition, NoneOf, Size, Targeting

LONGEST_DAYS = 400
MOST_WISHES = 200


class QuestionError(Exception):
    """A question that cannot be answered, in words for whoever asked."""


class Sign(StrEnum):
    """How a value bounds a dimension."""

    IS = "="
    IS_NOT = "!="
    AT_LEAST = ">="
    AT_MOST = "<="


class Wish(NamedTuple):
    """One word about a dimension; several with IS mean any of the values, with IS_NOT none of them."""

    name: str
    sign: Sign
    value: str


@dataclass(frozen=True, slots=True)
class Question:
    """Days are days of the sites' zones, both inclusive. `slots` are written site/slot; none means all of `site`.
    With `sizes` only slots that take one of them count, and screens that are wide enough."""

    first: date
    last: date
    site: str | None = None
    slots: tuple[str, ...] = ()
    sizes: tuple[Size, ...] = ()
    wishes: tuple[Wish, ...] = ()

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise QuestionError(f"the first day, {self.first}, is after the last, {self.last}")
        if (self.last - self.first).days >= LONGEST_DAYS:
            raise QuestionError(f"at most {LONGEST_DAYS} days can be asked for")
        if len(self.wishes) > MOST_WISHES:
            raise QuestionError(f"at most {MOST_WISHES} values can be asked for")
        if not self.site and not self.slots:
            raise QuestionError("a site or a slot is missing")


def read_wish(text: str) -> Wish:
    """Read "city=Antalya", "section!=afet", "temperature>=25". Raises QuestionError."""
    signs = [(text.find(sign), -len(sign), sign) for sign in Sign if sign in text]
    if not signs:
        raise QuestionError(f"{text!r} is not a dimension and a value, such as city=Antalya")
    at, _, sign = min(signs)
    name, value = text[:at].strip(), text[at + len(sign) :].strip()
    if not name or not value:
        raise QuestionError(f"{text!r} is not a dimension and a value, such as city=Antalya")
    return Wish(name, sign, value)


def read_size(text: str) -> Size:
    """Read "728x90". Raises QuestionError."""
    try:
        return Size.parse(text.strip())
    except ValueError:
        raise QuestionError(f"{text!r} is not a size such as 728x90") from None


def targeting_of_wishes(wishes: Iterable[Wish]) -> Targeting:
    """Return the targeting that the wishes make together. Raises QuestionError."""
    by_name: dict[str, list[Wish]] = {}
    for wish in wishes:
        by_name.setdefault(wish.name, []).append(wish)
    return {name: _condition(name, each) for name, each in by_name.items()}


def _condition(name: str, wishes: list[Wish]) -> Condition:
    values = tuple(wish.value for wish in wishes)
    match {wish.sign for wish in wishes}:
        case signs if signs == {Sign.IS}:
            return AnyOf(_checked(name, values))
        case signs if signs == {Sign.IS_NOT}:
            return NoneOf(_checked(name, values))
        case signs if signs <= {Sign.AT_LEAST, Sign.AT_MOST}:
            return _between(name, wishes)
    raise QuestionError(f"{name} has values and bounds of different kinds; ask for one kind")


def _between(name: str, wishes: list[Wish]) -> Between:
    lowest = [_number(name, wish.value) for wish in wishes if wish.sign is Sign.AT_LEAST]
    highest = [_number(name, wish.value) for wish in wishes if wish.sign is Sign.AT_MOST]
    return Between(max(lowest, default=None), min(highest, default=None))


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise QuestionError(f"{name} must be bounded by a number, not {text!r}")
    return number


def _checked(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    if name == HOURS:
        for value in values:
            try:
                week_minutes(value)
            except ValueError as error:
                raise QuestionError(str(error)) from None
    return values
