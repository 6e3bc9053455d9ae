"""Every way that draws can fall, with its exact chance: the numbers drawn stay unknown until the code compares them."""

from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import TypeVar

Answer = TypeVar("Answer")


class Unknown:
    """A drawn number of which only bounds are known, times `scale`, less `shift`. A comparison settles on which side of
    the other number it is: both sides are tried in turn."""

    def __init__(self, script: "Script", scale: Fraction = Fraction(1), shift: Fraction = Fraction(0)) -> None:
        self.script, self.scale, self.shift = script, scale, shift
        self.bounds = [Fraction(0), Fraction(1)]

    def __mul__(self, factor: float) -> "Unknown":
        scaled = Unknown(self.script, self.scale * Fraction(factor), self.shift * Fraction(factor))
        scaled.bounds = self.bounds
        return scaled

    def __sub__(self, amount: float) -> "Unknown":
        shifted = Unknown(self.script, self.scale, self.shift + Fraction(amount))
        shifted.bounds = self.bounds
        return shifted

    def __lt__(self, other: float) -> bool:
        if self.scale == 0:
            return -self.shift < other
        edge = (Fraction(other) + self.shift) / self.scale
        low, high = self.bounds
        if edge <= low or edge >= high:
            return edge >= high
        is_below = self.script.turn()
        self.bounds[is_below] = edge
        return is_below

    def __ge__(self, other: float) -> bool:
        return not self < other


class Script:
    """One run: the sides to take first, and those that were taken."""

    def __init__(self, sides: list[bool]) -> None:
        self.sides, self.taken, self.drawn = sides, [], []

    def turn(self) -> bool:
        side = self.sides[len(self.taken)] if len(self.taken) < len(self.sides) else True
        self.taken.append(side)
        return side

    def draw(self) -> Unknown:
        self.drawn.append(Unknown(self))
        return self.drawn[-1]


def chances(run: Callable[[Callable[[], object]], Answer]) -> dict[Answer, Fraction]:
    """What `run` gives for some draws, with the exact probability of each answer; it gets what draws."""
    found: dict[Answer, Fraction] = {}
    pending: list[list[bool]] = [[]]
    while pending:
        script = Script(pending.pop())
        answer = run(script.draw)
        pending += ([*script.taken[:depth], False] for depth in range(len(script.sides), len(script.taken)))
        chance = prod((drawn.bounds[1] - drawn.bounds[0] for drawn in script.drawn), start=Fraction(1))
        found[answer] = found.get(answer, Fraction(0)) + chance
    return found
