"""Sets of small numbers as bits of one big integer."""

from array import array
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from itertools import compress
from typing import TypeAlias, TypeVar

Key = TypeVar("Key", bound=Hashable)
Packed: TypeAlias = "int | array[int]"
"""A set of positions in the smaller of two forms: a mask, or the positions themselves."""

_FEW = 24
_DIGITS = bytes(digit & 1 for digit in range(256))  # "0" and "1" to their numbers


def mask_of(positions: Iterable[int]) -> int:
    """The integer with these bits set. Linear, where or-ing them one by one would be quadratic."""
    ordered = list(positions)
    octets = bytearray(max(ordered, default=0) // 8 + 1)
    for position in ordered:
        octets[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(octets, "little")


def members_of(pairs: Iterable[tuple[Key, int]]) -> dict[Key, list[int]]:
    """For each key its positions, in the order given."""
    members: defaultdict[Key, list[int]] = defaultdict(list)
    for key, position in pairs:
        members[key].append(position)
    return dict(members)


def masks_of(pairs: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    """For each key the integer with its positions' bits set."""
    return {key: mask_of(positions) for key, positions in members_of(pairs).items()}


def pack(positions: Collection[int], width: int) -> Packed:
    """The positions, all below `width`, in the form that takes less memory."""
    return mask_of(positions) if 32 * len(positions) >= width else array("I", positions)


def unpack(packed: Packed) -> int:
    """The mask of what `pack` gave."""
    return packed if isinstance(packed, int) else mask_of(packed)


def positions_of(mask: int) -> Iterator[int]:
    """The set bits, lowest first. Meant for few: each step copies the integer."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def list_positions(mask: int) -> Sequence[int]:
    """The set bits, lowest first: 15 ns for each bit of the mask's length where they are many."""
    if mask.bit_count() < _FEW:
        return list(positions_of(mask))
    digits = f"{mask:b}"[::-1].encode().translate(_DIGITS)
    return list(compress(range(len(digits)), digits))
