"""What holds between the slots of one page: nothing twice, rivals apart, caps, roadblocks."""

from collections.abc import Sequence

from adserver.decision.bits import positions_of
from adserver.decision.index import SiteIndex, SlotPool
from adserver.decision.pool import Draw
from adserver.decision.request import Decision
from adserver.decision.roadblock import placed_together
from adserver.decision.rotation import Choice, without
from adserver.inventory.model import CreativeId

EVERYBODY = -1
"""All campaigns of a site, as bits."""


class Page:
    """What the page shows so far, and what that leaves to the next slots.

    `positions` are those of the campaigns shown, once for each creative. `promised` is what a roadblock has taken of
    the slots to come, by their places.
    """

    __slots__ = ("_free", "_labels", "_max_width", "_open", "_site", "_slots", "answer", "positions", "promised")

    def __init__(
        self,
        site: SiteIndex,
        slots: Sequence[str],
        max_width: int | None,
        free: Sequence[int],
        left: int = EVERYBODY,
        answer: Sequence[Decision] = (),
        positions: Sequence[int] = (),
    ) -> None:
        """`free` are for each slot the campaigns that the reader may see, whatever the page shows; `left` those that
        the page's earlier requests leave. With `answer` and its `positions`, a page whose first slots are decided, by
        no roadblock."""
        self._site = site
        self._slots = slots
        self._max_width = max_width
        self._free = free
        self._open = free if left == EVERYBODY else [each & left for each in free]
        self.answer = list(answer)
        self.positions = list(positions)
        self.promised: dict[int, Decision] = {}
        self._labels = tuple(label for position in positions for label in site.labels[position])

    @property
    def free(self) -> int:
        """The campaigns that the reader may see in the slot at hand, whatever the page shows."""
        return self._free[len(self.answer)]

    def fill(self, pool: SlotPool, draw: Draw) -> Decision | None:
        """Show a campaign in the slot at hand, of the best tier that does not pass on; None where all do."""
        site = self._site
        for tier in pool.tiers:
            free = self.left(pool, tier.mask) if self.positions or site.roadblocks else self._open[len(self.answer)]
            position = tier.pick(free, draw, site.weights)
            if position is not None:
                return self._take(position, pool.choice(position), draw)
        return None

    def left(self, pool: SlotPool, members: int) -> int:
        """The free campaigns of these, without those that the page keeps out of this slot."""
        free = self._open[len(self.answer)] & members
        if not free:
            return 0
        kept = 0
        for position in self.positions:
            bit = 1 << position
            if free & bit:
                free ^= bit
                kept |= bit if self._may_repeat(position, pool) else 0
        for label in self._labels:
            free &= self._site.apart[label]
        for position in positions_of(free & self._site.roadblocks):
            if not self._roadblock(position):
                free ^= 1 << position
        return free | kept

    def _take(self, position: int, choice: Choice, draw: Draw) -> Decision:
        self._labels += self._site.labels[position]
        if self._site.roadblocks >> position & 1:
            self.promised.update(self._roadblock(position))
            self.positions += [position] * len(self.promised)
            return self.promised.pop(len(self.answer))
        if position in self.positions:
            choice = without(choice, self._shown())
        self.positions.append(position)
        return choice.draw(draw)

    def _may_repeat(self, position: int, pool: SlotPool) -> bool:
        if not pool.mask & 1 << position:
            return False
        if self.positions.count(position) >= self._site.candidates[position].limit:
            return False
        return not self._shown().issuperset(pool.choice(position).creatives)

    def _shown(self) -> set[CreativeId]:
        return {each.creative.id for each in (*self.answer, *self.promised.values()) if each.creative}

    def _roadblock(self, position: int) -> dict[int, Decision]:
        """Where each creative of the campaign stands on the rest of the page, the slot at hand among them; empty where
        one of them finds no place."""
        candidate = self._site.candidates[position]
        creatives = self._site.running(candidate)
        if len(creatives) > candidate.limit:
            return {}
        ahead = [number for number in range(len(self.answer), len(self._slots)) if number not in self.promised]
        placed = placed_together(creatives, [self._offer(number, position) for number in ahead])
        return {ahead[place]: decision for place, decision in placed.items()}

    def _offer(self, number: int, position: int) -> Sequence[Decision]:
        """What the campaign may show in a slot of the page, whatever the page shows."""
        place = self._site.slots.get(self._slots[number])
        if place is None or not self._free[number] >> position & 1:
            return ()
        pool = self._site.pool(place, self._max_width)
        return pool.choice(position).decisions if pool.mask >> position & 1 else ()
