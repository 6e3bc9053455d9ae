"""What an impression of a campaign is worth beside those of others."""

from adserver.inventory.model import Campaign, PriceModel, Tier

_MICROS = 1_000_000
# A campaign is booked before its rates are known: what a thousand impressions usually bring.
_VIEWABLE_OF_IMPRESSIONS = 0.5
_CLICKS_OF_A_THOUSAND = 1.0
_LEAST = 0.01

_PER_THOUSAND = {
    PriceModel.CPM: 1.0,
    PriceModel.VCPM: _VIEWABLE_OF_IMPRESSIONS,
    PriceModel.CPC: _CLICKS_OF_A_THOUSAND,
}


def worth(campaign: Campaign) -> float:
    """What a thousand impressions of a standard campaign bring, in its currency, at least 0.01; campaigns without a
    price for events are worth 1, and so are those of the other tiers, which are not drawn by price."""
    price = campaign.price
    if campaign.tier is not Tier.STANDARD or price is None or price.model is PriceModel.FLAT:
        return 1.0
    return max(_LEAST, price.micros / _MICROS * _PER_THOUSAND[price.model])
