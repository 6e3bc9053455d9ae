from datetime import UTC, datetime

import pytest

from adserver.inventory.model import AnyOf, Between, Condition, NoneOf
from tests.decision.examples import any_of, ask, campaign, index_of, is_shown, shown


@pytest.mark.parametrize(
    ("wanted", "sent", "holds"),
    [
        ("Kahramanmaraş", "K.Maraş", True),
        ("K.Maraş", "KAHRAMANMARAŞ", True),
        ("İzmir", "Izmir", True),
        ("Isparta", "ısparta", True),
        ("Ankara", "Antalya", False),
        ("Antalya", "", False),
    ],
)
def test_places_compare_as_provinces(wanted: str, sent: str, holds: bool) -> None:
    assert is_shown(ask(city=sent), city=any_of(wanted)) is holds
    assert is_shown(ask(region=sent), region=any_of(wanted)) is holds


@pytest.mark.parametrize(
    ("wanted", "sent", "holds"),
    [("SEÇİM", "seçim", True), ("ILIK", "ılık", True), ("ILIK", "ilik", False), ("Maraş", "K.Maraş", False)],
)
def test_other_texts_compare_folded(wanted: str, sent: str, holds: bool) -> None:
    assert is_shown(ask(keyword=sent), keyword=any_of(wanted)) is holds


@pytest.mark.parametrize(
    ("wanted", "sent", "holds"),
    [
        ("spor-*", "Spor-futbol", True),
        ("SPOR-*", "spor-", True),
        ("spor-*", "spor", False),
        ("seç*", "ön seçim", False),
        ("*", "her şey", True),
        ("a*b", "a*b", True),
        ("a*b", "axb", False),
    ],
)
def test_star_at_the_end_stands_for_any_rest(wanted: str, sent: str, holds: bool) -> None:
    assert is_shown(ask(keyword=sent), keyword=any_of(wanted)) is holds
    assert is_shown(ask(keyword=sent), keyword=NoneOf((wanted,))) is not holds


def test_star_alone_needs_any_value() -> None:
    assert not is_shown(ask(), keyword=any_of("*"))
    assert is_shown(ask(), keyword=NoneOf(("*",)))


def test_prefix_of_a_place_meets_its_other_names() -> None:
    assert is_shown(ask(city="K.Maraş"), city=any_of("kahraman*"))


def test_value_that_two_entries_mean_counts_once() -> None:
    assert is_shown(ask(keyword="seçim"), keyword=any_of("seçim", "SEÇİM", "seç*", "s*"))
    assert not is_shown(ask(keyword="seçim"), keyword=NoneOf(("seçim", "s*")))


@pytest.mark.parametrize(
    ("condition", "absent", "same", "other", "both"),
    [
        (AnyOf(("spor",)), False, True, False, True),
        (NoneOf(("spor",)), True, False, True, False),
        (AnyOf(()), False, False, False, False),
        (NoneOf(()), True, True, True, True),
    ],
    ids=["any-of", "none-of", "any-of-nothing", "none-of-nothing"],
)
def test_condition_on_values(condition: Condition, absent: bool, same: bool, other: bool, both: bool) -> None:
    requests = ask(), ask(section="spor"), ask(section="yerel"), ask(section="yerel|spor")
    assert [is_shown(request, section=condition) for request in requests] == [absent, same, other, both]


@pytest.mark.parametrize("sent", ["", "x", "sıcak", "25°", "1.000,5", "1_0", "nan", "inf", "1e1", "٢٥", "--1"])
def test_range_needs_a_number(sent: str) -> None:
    assert not is_shown(ask(temperature=sent), temperature=Between(None, None))
    assert not is_shown(ask(), temperature=Between(None, None))


@pytest.mark.parametrize(
    ("condition", "inside", "outside"),
    [
        (Between(25, None), ["25", "25.0", "25,1", "+25", "1000", " 30 "], ["24,9", "24.999", "-25"]),
        (Between(None, -2.5), ["-2,5", "−3", "-2.5", "-100"], ["-2.4", "0"]),
        (Between(-1, 1), ["-1", "0", "1", "-0"], ["-1,01", "1.01", "2"]),
        (Between(5, 5), ["5", "5,0"], ["4.9", "5.1"]),
        (Between(2, 1), [], ["1", "1.5", "2"]),
        (Between(None, None), ["0", "-7,25"], []),
    ],
    ids=["at-least", "at-most", "within", "one-number", "empty", "any-number"],
)
def test_range_includes_its_bounds(condition: Between, inside: list[str], outside: list[str]) -> None:
    assert [sent for sent in inside + outside if is_shown(ask(temperature=sent), temperature=condition)] == inside


def test_ranges_and_texts_of_one_dimension_stand_side_by_side() -> None:
    conditions: list[Condition] = [Between(20, 28), any_of("30", "sıcak"), NoneOf(("25", "sıcak"))]
    index = index_of(*(campaign(n, targeting={"temperature": each}) for n, each in enumerate(conditions, 1)))
    requests = ask(temperature="25"), ask(temperature="SICAK"), ask(temperature="31"), ask()
    assert [shown(index, request) for request in requests] == [["k1"], ["k2"], ["k3"], ["k3"]]


def test_all_dimensions_must_hold() -> None:
    targeting = {"city": any_of("Antalya"), "device": any_of("mobile")}
    assert is_shown(ask(city="antalya", device="mobile"), **targeting)
    assert not is_shown(ask(city="antalya", device="tablet"), **targeting)


@pytest.mark.parametrize(
    ("utc", "holds"),
    [
        (datetime(2026, 11, 24, 3, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 4, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 24, 6, 59, 59, 999_999, tzinfo=UTC), True),
        (datetime(2026, 11, 24, 7, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 4, 0, tzinfo=UTC), False),
    ],
    ids=["before", "start", "last-moment", "end", "sunday"],
)
def test_hours_are_those_of_the_site(utc: datetime, holds: bool) -> None:
    assert is_shown(ask(now=utc), hours=any_of("mon-fri 07:00-10:00")) is holds
    assert is_shown(ask(now=utc), hours=NoneOf(("mon-fri 07:00-10:00",))) is not holds


def test_page_cannot_say_that_it_is_another_hour() -> None:
    assert not is_shown(ask(hours="mon 00:00-01:00"), hours=any_of("mon 00:00-01:00"))


def test_unreadable_hours_are_refused() -> None:
    with pytest.raises(ValueError, match="day-part"):
        index_of(campaign(1, targeting={"hours": any_of("mornings")}))
    with pytest.raises(ValueError, match="hours are day-parts"):
        index_of(campaign(1, targeting={"hours": Between(1, 2)}))
