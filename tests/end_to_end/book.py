"""What the readers sent, and what a report must therefore say: reckoned without the code under test."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

COUNTS = ("requests", "unfilled", "impressions", "viewable", "clicks", "invalid")
FIGURE_OF = {"impression": "impressions", "viewable": "viewable", "click": "clicks"}

# What one of the figure costs, of a campaign of the inventory.
PRICES = {
    "zeytin-bin": ("impressions", Decimal("0.04505")),
    "zeytin-gorunen": ("viewable", Decimal("0.062501")),
    "kurs-tik": ("clicks", Decimal("6.55")),
}
FLAT_DAYS = 10
FLAT = {"kurs-sabit": Decimal("85.00")}  # of its first day of ten

Row = dict[str, str | int | None]


class Cell(NamedTuple):
    """The smallest thing that reports tell apart; campaign and creative are None where the slot stayed empty."""

    day: str
    slot: str
    campaign: str | None
    creative: str | None
    city: str
    device: str


class Refused(NamedTuple):
    kind: str
    reason: str


class Book:
    """`views` are by article; `refused` are all events that must not count."""

    def __init__(self) -> None:
        self.views: Counter[str] = Counter()
        self.refused: Counter[Refused] = Counter()
        self._figures: defaultdict[Cell, Counter[str]] = defaultdict(Counter)

    @property
    def cells(self) -> Mapping[Cell, Counter[str]]:
        return self._figures

    def request(self, cell: Cell) -> None:
        self._figures[cell]["requests"] += 1
        if cell.campaign is None:
            self._figures[cell]["unfilled"] += 1

    def count(self, cell: Cell, kind: str) -> None:
        self._figures[cell][FIGURE_OF[kind]] += 1

    def refuse(self, cell: Cell | None, kind: str, reason: str) -> None:
        """`cell` is None for what belongs to no slot: article views and forged tokens."""
        self.refused[Refused(kind, reason)] += 1
        if cell is not None:
            self._figures[cell]["invalid"] += 1

    def report(self, by: str) -> dict[str, object]:
        """What `adserver report --format json --by …` must print; money as decimals."""
        names = by.split(",")
        groups: defaultdict[tuple[str | None, ...], Counter[str]] = defaultdict(Counter)
        spends: defaultdict[tuple[str | None, ...], Decimal] = defaultdict(Decimal)
        for cell, figures in self._figures.items():
            keys = tuple(cell._asdict()[name] for name in names)
            groups[keys].update(figures)
            spends[keys] += spend(cell, figures)
        rows = [
            {**dict(zip(names, keys, strict=True)), **_counts(groups[keys]), "spend": spends[keys]}
            for keys in sorted(groups, key=lambda keys: [(key is None, key or "") for key in keys])
        ]
        totals: Counter[str] = sum(groups.values(), Counter())
        return {"rows": rows, "totals": {**_counts(totals), "spend": sum(spends.values(), Decimal())}}


def spend(cell: Cell, figures: Mapping[str, int]) -> Decimal:
    if cell.campaign in FLAT:
        return FLAT[cell.campaign] if figures["impressions"] else Decimal()
    if cell.campaign not in PRICES:
        return Decimal()
    figure, price = PRICES[cell.campaign]
    return figures[figure] * price


def _counts(figures: Mapping[str, int]) -> dict[str, int]:
    return {name: figures[name] for name in COUNTS}
