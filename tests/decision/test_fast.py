"""What is compiled decides as Python does: equal answers to equal draws, and as many draws."""

import os
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adserver.decision import NO_PACES, AdRequest, DecisionIndex, Paces, build_index, decide
from adserver.decision.compiled import fast
from adserver.decision.pool import Limits
from adserver.inventory.model import Campaign
from tests.benchmarks import inventory as many
from tests.decision.examples import ask, campaign, decide_in_python, entered, index_of
from tests.decision.strategies import campaigns, paces, requests

pytestmark = pytest.mark.skipif(fast is None and not os.environ.get("CI"), reason="was installed without a C compiler")

LIMITS = st.sampled_from((Limits(), Limits(exact=0, tries=1, heavy_part=2), Limits(exact=1, tries=9, heavy_part=0.4)))
BOOKED = campaigns(at_most=9) | campaigns(at_most=9, is_targeted=False)


def both(index: DecisionIndex, request: AdRequest, weights: Paces, seed: int) -> tuple[list[object], list[object]]:
    """The answers of both, each followed by the number that would be drawn next."""
    compiled, python = Random(seed), Random(seed)
    answer = fast.choose(*entered(index, request, compiled.random, weights))
    expected = decide_in_python(index, request, python.random, weights)
    same = [[(each.name, each.creative, each.why) for each in answers] for answers in (answer, expected)]
    return [*same[0], compiled.random()], [*same[1], python.random()]


@settings(deadline=None, max_examples=400)
@given(BOOKED, st.lists(requests(has_shown=True), min_size=1, max_size=3), paces(), LIMITS, st.integers(0, 2**32))
def test_any_page_is_decided_alike(
    booked: list[Campaign], asked: list[AdRequest], weights: Paces, limits: Limits, seed: int
) -> None:
    index = index_of(*booked, limits=limits)
    for request in asked:
        compiled, python = both(index, request, weights, seed)
        assert compiled == python


@pytest.mark.parametrize("limits", [Limits(), Limits(exact=2, tries=2)], ids=["as-served", "mostly-listed"])
def test_a_page_of_many_campaigns_is_decided_alike(limits: Limits) -> None:
    booked, chance = many.inventory(2_000), Random(5)
    labelled = [replace(each, exclusion=("bank",) if each.id % 3 else ()) for each in booked.campaigns]
    index = build_index(replace(booked, campaigns=labelled), limits=limits)
    weights = Paces(1, {each.id: chance.choice((0.0, 0.1, 1.0, 50.0)) for each in labelled}, {})
    for seed, request in enumerate(many.requests(1_000)):
        compiled, python = both(index, request, weights, seed)
        assert compiled == python


def test_what_has_too_many_values_is_decided_in_python() -> None:
    index = index_of(campaign(1, targeting={"city": many.AnyOf(("Antalya",))}))
    request = ask(city="|".join(f"city {number}" for number in range(500)))
    site, draw = index.site_indexes[request.site.id], Random(1).random
    assert fast.choose(site, ("top",), request.attributes, 1, draw, None, {}, -1) is None
    assert fast.choose(site, ("top",), {}, 1, draw, None, {0: request.attributes}, -1) is None
    assert [each.why.value for each in decide(index, request, Random(1).random)] == ["no-candidates"]


def test_any_number_of_labels_keeps_rivals_apart() -> None:
    labels = tuple(f"label {number}" for number in range(100))
    index = index_of(campaign(1, exclusion=labels), campaign(2, exclusion=labels))
    compiled, python = both(index, ask("top", "in-article"), NO_PACES, 1)
    assert compiled == python
    assert compiled[0][1].campaign_id == compiled[1][1].campaign_id
