"""What a worker keeps of ad requests: enough for a mix, nothing of a reader."""

from collections.abc import Sequence

import pytest

from adserver.forecast.interests import SiteInterests
from adserver.forecast.sample import MAX_KINDS, MIN_NOTED, NOTED_A_MINUTE, Amount, PageKind, TrafficSample
from adserver.inventory.model import SiteId, SlotId

SITE = SiteId(1)
INTERESTS = SiteInterests(
    slots={"top": SlotId(7), "footer": SlotId(5)},
    widths=(320, 728, 970),
    dimensions=("city", "keyword", "temperature"),
    named={"keyword": frozenset({"deprem"})},
    prefixes={"keyword": ("depremzede",)},
    numeric=frozenset({"temperature"}),
)


def sample(interests: SiteInterests = INTERESTS) -> TrafficSample:
    sample = TrafficSample(draw=lambda n: 0)
    sample.use({SITE: interests})
    return sample


def note(
    sample: TrafficSample,
    times: int = MIN_NOTED,
    slots: Sequence[str] = ("top",),
    width: int | None = None,
    **sent: str,
) -> None:
    for _ in range(times):
        if sample.is_due():
            sample.note(SITE, slots, {name: tuple(values.split(",")) for name, values in sent.items()}, width)


def attributes(kind: PageKind) -> dict[str, tuple[str, ...]]:
    return dict(kind.attributes)


def test_what_came_up_often_is_taken_with_its_slots_in_order() -> None:
    one = sample()
    note(one, 6, ("top", "unknown", "footer"), city="K.Maraş")
    [(kind, amount)] = one.take().items()
    assert kind.slots == (5, 7)
    assert attributes(kind) == {"city": ("kahramanmaraş",), "keyword": (), "temperature": ()}
    assert amount == Amount(6, 6)


def test_only_what_came_since_is_taken_again() -> None:
    one = sample()
    note(one, 6, city="Van")
    assert [*one.take().values()] == [Amount(6, 6)]
    assert one.take() == {}
    note(one, 1, city="Van")
    assert [*one.take().values()] == [Amount(1, 1)]


def test_a_rare_combination_stays_in_the_worker() -> None:
    one = sample()
    note(one, MIN_NOTED - 1, city="Van")
    assert one.take() == {}


def test_at_the_hours_end_rare_combinations_lose_what_makes_them_rare() -> None:
    one = sample()
    for number in range(MIN_NOTED):
        note(one, 1, city="Van", temperature=str(number))
    note(one, 1, city="Muş", temperature="3")
    taken = {kind.attributes: amount.noted for kind, amount in one.close().items()}
    assert taken == {(("city", ("van",)), ("keyword", ())): MIN_NOTED, (): 1}
    assert one.close() == {}


def test_nothing_leaves_twice_or_is_forgotten_over_the_hours_end() -> None:
    one = sample()
    note(one, 7, city="Van")
    note(one, 2, city="Muş")
    first = sum(amount.noted for amount in one.take().values())
    assert first + sum(amount.noted for amount in one.close().values()) == 9


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"keyword": "Deprem"}, ("deprem",)),
        ({"keyword": "SPOR"}, ("spor",)),
        ({"keyword": "deprem,spor,afad"}, ("deprem", "other")),
        ({"keyword": "spor,Depremzedeler"}, ("depremzedeler", "other")),
        ({"keyword": "spor,afad"}, ("other",)),
        ({"temperature": "21,6"}, ("21", "6")),
        ({"temperature": "21.6"}, ("22",)),
    ],
    ids=["named", "single", "some named", "named by a prefix", "none named", "two numbers", "rounded"],
)
def test_values_are_kept_as_they_compare(sent: dict[str, str], kept: tuple[str, ...]) -> None:
    one = sample()
    note(one, **sent)
    [kind] = one.take()
    assert attributes(kind)[next(iter(sent))] == kept


@pytest.mark.parametrize(("width", "kept"), [(None, 0), (1200, 0), (970, 0), (969, 728), (400, 320), (200, 1)])
def test_screens_between_two_creatives_are_alike(width: int | None, kept: int) -> None:
    one = sample()
    note(one, width=width)
    assert [kind.max_width for kind in one.take()] == [kept]


def test_a_dimension_that_nobody_targets_is_not_kept() -> None:
    one = sample()
    note(one, city="Van", user="u-123456")
    assert [name for kind in one.take() for name, _ in kind.attributes] == ["city", "keyword", "temperature"]


def test_a_site_or_slots_that_are_unknown_are_not_kept() -> None:
    one = sample()
    one.note(SiteId(9), ("top",), {}, None)
    one.note(SITE, ("nothing",), {}, None)
    assert one.close() == {}


def test_memory_is_bounded_and_the_requests_still_count() -> None:
    one = sample()
    for number in range(MAX_KINDS + 50):
        one.note(SITE, ("top",), {"city": (f"place {number}",)}, None)
    assert len(one._kinds) <= MAX_KINDS + 1
    taken = one.close()
    assert sum(amount.noted for amount in taken.values()) == MAX_KINDS + 50


def test_a_busy_worker_samples_and_each_note_stands_for_those_left_out() -> None:
    one = TrafficSample(draw=lambda n: n // 2)
    one.use({SITE: INTERESTS})
    note(one, 10 * NOTED_A_MINUTE, city="Van")
    one.take()
    note(one, 10 * NOTED_A_MINUTE, city="Van")
    [amount] = one.take().values()
    assert amount.noted == pytest.approx(NOTED_A_MINUTE, rel=0.01)
    assert amount.pages == pytest.approx(10 * NOTED_A_MINUTE, rel=0.01)
