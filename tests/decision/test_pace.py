from fractions import Fraction

import pytest

from adserver.decision import NO_PACES, NoFill, Paces
from adserver.inventory.model import Campaign, CampaignId, Tier
from tests.decision.examples import ask, campaign, creative, index_of, outcomes


def paces(**weights: float) -> Paces:
    return Paces(1, {CampaignId(int(key[1:])): weight for key, weight in weights.items()}, {})


def booked(*tiers: Tier) -> list[Campaign]:
    """Campaigns 1, 2 and so on, each with one creative: 10, 20 and so on."""
    return [campaign(number, tier, creatives=[creative(10 * number)]) for number, tier in enumerate(tiers, 1)]


G, S, H = Tier.GUARANTEED, Tier.STANDARD, Tier.HOUSE


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (NO_PACES, {10: Fraction(1, 3), 20: Fraction(1, 3), 30: Fraction(1, 3)}),
        (paces(k1=3, k2=0), {10: Fraction(3, 4), 30: Fraction(1, 4)}),
        (paces(k1=0.5, k2=1.5), {10: Fraction(1, 6), 20: Fraction(1, 2), 30: Fraction(1, 3)}),
        (paces(k1=0, k2=0), {30: Fraction(1)}),
    ],
    ids=["none-given", "one-done", "both", "both-done"],
)
def test_guaranteed_campaigns_are_drawn_by_weight_and_pass_on_the_rest(
    weights: Paces, expected: dict[int, Fraction]
) -> None:
    found = outcomes(index_of(*booked(G, G, S)), ask("top"), weights)
    assert found == {(key,): chance for key, chance in expected.items()}


def test_very_large_weight_is_always_shown() -> None:
    found = outcomes(index_of(*booked(G, G, S)), ask("top"), paces(k1=1e9))
    assert found[10,] > 1 - Fraction(1, 10**6)


def test_standard_campaigns_are_drawn_by_weight_and_price() -> None:
    rivals = [campaign(1, S, creatives=[creative(10)], cpm=6), campaign(2, S, creatives=[creative(20)], cpm=2)]
    assert outcomes(index_of(*rivals), ask("top")) == {(10,): Fraction(3, 4), (20,): Fraction(1, 4)}
    assert outcomes(index_of(*rivals), ask("top"), paces(k1=0.5)) == {(10,): Fraction(3, 5), (20,): Fraction(2, 5)}


def test_standard_passes_on_only_when_all_weights_are_none() -> None:
    index = index_of(*booked(S, S, H))
    assert outcomes(index, ask("top"), paces(k1=0.001, k2=0)) == {(10,): Fraction(1)}
    assert outcomes(index, ask("top"), paces(k1=0, k2=0)) == {(30,): Fraction(1)}


def test_slot_that_all_leave_names_their_pace() -> None:
    assert outcomes(index_of(*booked(G)), ask("top"), paces(k1=0)) == {(NoFill.PACED_OUT,): Fraction(1)}


def test_new_weights_take_effect_at_once_and_old_ones_come_back() -> None:
    index = index_of(*booked(G, S))
    for weights, expected in ((paces(k1=3), 3), (paces(k1=1), 1), (paces(k1=3), 3)):
        found = outcomes(index, ask("top"), weights)
        assert found[10,] == Fraction(expected, expected + 1)
