"""What is worth knowing of an ad request: the slots there are, and the values that a targeting can tell apart."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from adserver.decision.dimension import PREFIX, normal_form, number
from adserver.decision.schedule import HOURS
from adserver.inventory.folding import fold
from adserver.inventory.model import Between, Campaign, Inventory, Site, SiteId, Slot, SlotId

OTHER = "other"
"""Stands for the values of a request that are not kept."""
SEVERAL = 1
"""A dimension of which a request names more values than this keeps only those that a campaign names."""

Attributes = tuple[tuple[str, tuple[str, ...]], ...]
"""Dimension and its values, sorted; no values where the request had none. A dimension that is left out is unknown."""


@dataclass(frozen=True, slots=True)
class SiteInterests:
    """`dimensions` stand in the order in which they are kept longest. `widths` are those of creatives that fit the
    slots, ascending: between two of them, screens are alike."""

    slots: Mapping[str, SlotId]
    widths: Sequence[int]
    dimensions: Sequence[str]
    named: Mapping[str, frozenset[str]]
    prefixes: Mapping[str, tuple[str, ...]]
    numeric: frozenset[str]

    def slot_ids(self, names: Sequence[str]) -> tuple[SlotId, ...]:
        """Return the site's slots among the names, sorted."""
        return tuple(sorted(self.slots[name] for name in names if name in self.slots))

    def width(self, max_width: int | None) -> int:
        """Return the widest of the creatives' widths that the screen takes; 0 where it takes all."""
        if max_width is None or not self.widths or max_width >= self.widths[-1]:
            return 0
        return max((width for width in self.widths if width <= max_width), default=1)

    def attributes(self, sent: Mapping[str, Sequence[str]]) -> Attributes:
        """Return the request's values of the dimensions that matter, as they compare."""
        return tuple((name, self._values(name, sent.get(name, ()))) for name in sorted(self.dimensions))

    def _values(self, name: str, sent: Sequence[str]) -> tuple[str, ...]:
        if name in self.numeric:
            return tuple(sorted({_whole(text) for text in sent}))
        values = {normal(name, text) for text in sent}
        if len(values) > SEVERAL:
            named = values & self.named.get(name, frozenset())
            named |= {value for value in values if value.startswith(self.prefixes.get(name, ()))}
            values = named | {OTHER} if len(named) < len(values) else named
        return tuple(sorted(values))


def normal(name: str, text: str) -> str:
    """Return a dimension's value as it compares: folded, provinces under their official names."""
    return normal_form(name)(text)


def interests_of(inventory: Inventory, declared: Sequence[str]) -> Mapping[SiteId, SiteInterests]:
    """Return what matters on each site: `declared` dimensions, and those that a campaign there names."""
    return {site.id: _of_site(site, inventory, declared) for site in inventory.sites}


def _of_site(site: Site, inventory: Inventory, declared: Sequence[str]) -> SiteInterests:
    slots = [slot for slot in inventory.slots if slot.site_id == site.id]
    ids = {slot.id for slot in slots}
    campaigns = [campaign for campaign in inventory.campaigns if not ids.isdisjoint(campaign.slots)]
    counts = Counter(name for campaign in campaigns for name in campaign.targeting if name != HOURS)
    named = _named(campaigns).items()
    targeted = [name for name, _ in counts.most_common() if name not in declared]
    return SiteInterests(
        slots={slot.name: slot.id for slot in slots},
        widths=_widths(slots, campaigns),
        dimensions=(*declared, *targeted),
        named={name: frozenset(value for value in values if not value.endswith(PREFIX)) for name, values in named},
        prefixes={
            name: tuple(sorted(value[:-1] for value in values if value.endswith(PREFIX))) for name, values in named
        },
        numeric=frozenset(
            name for each in campaigns for name, condition in each.targeting.items() if isinstance(condition, Between)
        ),
    )


def _widths(slots: Sequence[Slot], campaigns: Sequence[Campaign]) -> tuple[int, ...]:
    sizes = {size for slot in slots for size in slot.sizes}
    return tuple(sorted({each.size.width for one in campaigns for each in one.creatives if each.size in sizes}))


def _named(campaigns: Sequence[Campaign]) -> dict[str, set[str]]:
    """The values that campaigns name by dimension; a prefix ends with its star."""
    named: dict[str, set[str]] = {}
    for campaign in campaigns:
        for name, condition in campaign.targeting.items():
            if not isinstance(condition, Between):
                named.setdefault(name, set()).update(map(partial(normal, name), condition.values))
    return named


def _whole(text: str) -> str:
    """Numbers to the nearest whole one: finer ones would make every request a combination of its own."""
    amount = number(text)
    return fold(text) if amount is None else str(round(amount))
