"""What each number of a report means."""

from dataclasses import astuple, dataclass
from decimal import Decimal

MICROS = 1_000_000
_SHOWN_DECIMALS = 2
_KEPT_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted, net of refused events, and what it cost.

    `requests`: decisions made for a slot; `unfilled`: those that found nothing to show; `impressions`: ads that began
    to render in a browser; `viewable`: impressions with half of their pixels (30 % from 242,500 pixels on) in view for
    a second; `clicks`; `invalid`: events that were refused and are in none of the others.
    """

    requests: int = 0
    unfilled: int = 0
    impressions: int = 0
    viewable: int = 0
    clicks: int = 0
    invalid: int = 0
    spend_micros: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def fill_rate(self) -> float | None:
        """(requests - unfilled) ÷ requests; None without requests."""
        return _ratio(self.requests - self.unfilled, self.requests)

    @property
    def viewability(self) -> float | None:
        """viewable ÷ impressions; None without impressions. What cannot be measured counts as not viewable."""
        return _ratio(self.viewable, self.impressions)

    @property
    def click_rate(self) -> float | None:
        """CTR: clicks ÷ impressions; None without impressions."""
        return _ratio(self.clicks, self.impressions)

    @property
    def ecpm_micros(self) -> int | None:
        """Spend of a thousand impressions: spend × 1000 ÷ impressions, half a micro up; None without impressions."""
        if not self.impressions:
            return None
        return (2000 * self.spend_micros + self.impressions) // (2 * self.impressions)


def money(micros: int) -> Decimal:
    """Return an amount exactly, with two decimals or as many up to six as it needs: 45.00, 0.045."""
    amount = Decimal(micros).scaleb(-_KEPT_DECIMALS)
    decimals = max(_SHOWN_DECIMALS, -int(amount.normalize().as_tuple().exponent))
    return amount.quantize(Decimal(1).scaleb(-decimals))


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
