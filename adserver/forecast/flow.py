"""Who can be served by which supply: a maximum flow from groups of impressions to campaigns.

The graph has three layers, and campaigns are few, groups many. So paths are searched among campaigns only: a campaign
that lacks impressions takes them from groups that have some to spare, or from another campaign with which it shares a
group, and that one replaces them in the same way. Which can take from which is an AND of two bitmasks over the groups,
and a step moves impressions in many groups at once. Paths are found in phases, the shortest first, as Dinic's algorithm
does (Dinitz, 1970).
"""

from collections.abc import Iterator, Mapping

from adserver.decision.bits import mask_of, positions_of

_CHUNK_BITS = 256
_CHUNK = (1 << _CHUNK_BITS) - 1


class Supply:
    """Groups of impressions, and how they are shared out among campaigns, which are numbered from 0.

    `groups` maps the campaigns that may use a group, as a bitmask, to its whole number of impressions.
    """

    __slots__ = ("_flow", "_groups_of", "_serving", "_spare", "_spare_groups")

    def __init__(self, groups: Mapping[int, int], campaigns: int) -> None:
        # What few campaigns may use comes first, and is taken first: it is of no use to others.
        ordered = sorted((mask for mask, amount in groups.items() if mask and amount > 0), key=_by_contention)
        members: list[list[int]] = [[] for _ in range(campaigns)]
        for group, mask in enumerate(ordered):
            for campaign in positions_of(mask):
                members[campaign].append(group)
        self._groups_of = [mask_of(groups) for groups in members]
        self._spare = [groups[mask] for mask in ordered]
        self._spare_groups = (1 << len(ordered)) - 1
        self._flow: list[dict[int, int]] = [{} for _ in ordered]
        self._serving = [0] * campaigns

    def serve(self, wanted: Mapping[int, int]) -> dict[int, int]:
        """Give campaigns as much more as they want, or together as much as there is; return what each got.

        Nobody loses what was given before: others only move to other groups.
        """
        given = dict.fromkeys(wanted, 0)
        while True:
            levels = self._levels()
            lacking = [campaign for campaign in wanted if given[campaign] < wanted[campaign] and campaign in levels]
            phase = _Phase(self, levels)
            for campaign in sorted(lacking, key=levels.__getitem__):
                given[campaign] += phase.push(campaign, wanted[campaign] - given[campaign])
            if not lacking:
                return given

    def given(self, campaign: int) -> int:
        """Return how many impressions a campaign has."""
        return sum(self._flow[group][campaign] for group in _walk(self._serving[campaign]))

    def _levels(self) -> dict[int, int]:
        """How many others each campaign must take from until one is reached that finds something spare; campaigns
        that cannot get any more are left out."""
        reached = {one: 0 for one, groups in enumerate(self._groups_of) if groups & self._spare_groups}
        left = [campaign for campaign in range(len(self._groups_of)) if campaign not in reached]
        front, level = list(reached), 0
        while front and left:
            level += 1
            union = 0
            for giver in front:
                union |= self._serving[giver]
            front = [campaign for campaign in left if self._groups_of[campaign] & union]
            reached.update(dict.fromkeys(front, level))
            left = [campaign for campaign in left if campaign not in reached]
        return reached

    def take_spare(self, taker: int, wanted: int) -> int:
        """Give a campaign up to so many impressions that nobody has; return how many."""
        lacking = wanted
        for group in _walk(self._groups_of[taker] & self._spare_groups):
            part = min(lacking, self._spare[group])
            self._spare[group] -= part
            if not self._spare[group]:
                self._spare_groups ^= 1 << group
            self._add(group, taker, part)
            lacking -= part
            if not lacking:
                break
        return wanted - lacking

    def movable(self, taker: int, giver: int, most: int) -> int:
        """Return how many impressions, up to `most`, a campaign could take from another."""
        found = 0
        for group in _walk(self._groups_of[taker] & self._serving[giver]):
            found += self._flow[group][giver]
            if found >= most:
                return most
        return found

    def take_from(self, taker: int, giver: int, amount: int) -> None:
        """Let a campaign take so many impressions from another, which must be movable."""
        for group in _walk(self._groups_of[taker] & self._serving[giver]):
            flow = self._flow[group]
            part = min(amount, flow[giver])
            flow[giver] -= part
            if not flow[giver]:
                del flow[giver]
                self._serving[giver] ^= 1 << group
            self._add(group, taker, part)
            amount -= part
            if not amount:
                return

    def _add(self, group: int, campaign: int, amount: int) -> None:
        self._flow[group][campaign] = self._flow[group].get(campaign, 0) + amount
        self._serving[campaign] |= 1 << group


class _Phase:
    """Pushes along paths on which every step leads one level down, until none is left."""

    def __init__(self, supply: Supply, levels: Mapping[int, int]) -> None:
        self._supply = supply
        self._levels = levels
        self._below: dict[int, list[int]] = {}
        for campaign, level in levels.items():
            self._below.setdefault(level, []).append(campaign)
        self._next = dict.fromkeys(levels, 0)

    def push(self, taker: int, wanted: int) -> int:
        """Bring a campaign up to so many impressions; return how many."""
        if self._levels[taker] == 0:
            return self._supply.take_spare(taker, wanted)
        givers = self._below[self._levels[taker] - 1]
        given = 0
        while given < wanted and self._next[taker] < len(givers):
            giver = givers[self._next[taker]]
            amount = self._supply.movable(taker, giver, wanted - given)
            replaced = self.push(giver, amount) if amount else 0
            if replaced:
                self._supply.take_from(taker, giver, replaced)
            given += replaced
            if given < wanted:
                self._next[taker] += 1
        return given


def _walk(mask: int) -> Iterator[int]:
    """The set bits, lowest first, of an integer with many: by chunks, since each step copies what it steps through."""
    base = 0
    while mask:
        for position in positions_of(mask & _CHUNK):
            yield base + position
        mask >>= _CHUNK_BITS
        base += _CHUNK_BITS


def _by_contention(mask: int) -> tuple[int, int]:
    return mask.bit_count(), mask
