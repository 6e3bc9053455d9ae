"""Sets of small numbers as bits of one big integer."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def mask_of(positions: Iterable[int]) -> int:
    """The integer with these bits set. Linear, where or-ing them one by one would be quadratic."""
    ordered = list(positions)
    octets = bytearray(max(ordered, default=0) // 8 + 1)
    for position in ordered:
        octets[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(octets, "little")


def masks_of(pairs: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    """For each key the integer with its positions' bits set."""
    members: defaultdict[Key, list[int]] = defaultdict(list)
    for key, position in pairs:
        members[key].append(position)
    return {key: mask_of(positions) for key, positions in members.items()}


def positions_of(mask: int) -> Iterator[int]:
    """The set bits, lowest first. Meant for few: each step copies the integer."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def nth_position(mask: int, n: int) -> int:
    """The place of the set bit that has `n` set bits below it, found by halving: as much work as two copies."""
    position, width = 0, mask.bit_length()
    while width > 1:
        half = width >> 1
        low = mask & ((1 << half) - 1)
        below = low.bit_count()
        if n < below:
            mask, width = low, half
        else:
            mask, width = mask >> half, width - half
            n -= below
            position += half
    return position
