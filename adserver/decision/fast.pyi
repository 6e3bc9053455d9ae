from array import array
from collections.abc import Mapping, Sequence

from adserver.decision.index import SiteIndex
from adserver.decision.pool import Draw
from adserver.decision.request import Attributes, Decision

SOURCE: str
"""The SHA-256 of the source that this was compiled from."""

class Arranged:
    def __init__(
        self,
        members: int,
        rest: float,
        rounds: Sequence[range],
        places: array[int],
        sums: array[float],
        heavy_places: Sequence[int],
        heavy_weights: Sequence[float | None],
        has_shares: bool = False,
    ) -> None: ...

def choose(
    site: SiteIndex,
    slots: Sequence[str],
    attributes: Attributes,
    allowed: int,
    draw: Draw,
    max_width: int | None,
    own: Mapping[int, Attributes],
    left: int,
) -> list[Decision] | None: ...
