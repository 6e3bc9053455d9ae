"""What counted events cost the advertiser, in micros of the campaign's currency."""

from typing import NamedTuple

from adserver.inventory.model import PriceModel

IMPRESSIONS_A_PRICE = 1000


class Counts(NamedTuple):
    """Counted events, net of refused ones."""

    impressions: int
    viewable: int
    clicks: int


def spend_micros(model: PriceModel | None, price_micros: int, counts: Counts) -> int:
    """Return what the events cost: exact, since a price for a thousand is a whole number of micros for one.

    A flat price is earned by time, not by events, and is added by the report.
    """
    match model:
        case PriceModel.CPM:
            return counts.impressions * price_micros // IMPRESSIONS_A_PRICE
        case PriceModel.VCPM:
            return counts.viewable * price_micros // IMPRESSIONS_A_PRICE
        case PriceModel.CPC:
            return counts.clicks * price_micros
        case _:
            return 0
