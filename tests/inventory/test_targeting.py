import pytest

from adserver.inventory.document import parse
from adserver.inventory.model import AnyOf, Between, Condition, NoneOf
from adserver.inventory.targeting import read_targeting, targeting_data, targeting_of


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("city: Antalya", AnyOf(("Antalya",))),
        ("city: [Antalya, ' K.Maraş ', Antalya]", AnyOf(("Antalya", "K.Maraş"))),
        ("section: {not: [afet, vefat]}", NoneOf(("afet", "vefat"))),
        ("section: {not: afet}", NoneOf(("afet",))),
        ("temperature: {min: 25}", Between(25.0, None)),
        ("temperature: {min: -4.5, max: 0}", Between(-4.5, 0.0)),
        ("plate: [07, 7]", AnyOf(("07", "7"))),
        ("premium: yes", AnyOf(("yes",))),
        ("hours: ['mon-fri 07:00-10:00', 'fri 22:00-02:00']", AnyOf(("mon-fri 07:00-10:00", "fri 22:00-02:00"))),
        ("hours: {not: sat-sun 00:00-24:00}", NoneOf(("sat-sun 00:00-24:00",))),
    ],
)
def test_condition_is_read_and_kept_as_data(text: str, condition: Condition) -> None:
    targeting, faults = read_targeting(parse(text)[0], ())
    assert faults == []
    assert list(targeting.values()) == [condition]
    assert targeting_of(targeting_data(targeting)) == targeting


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("city: []", ["city: the list is empty; leave the dimension out"]),
        ("city:", ["city: expected a value, a list of values, {not: …} or {min: …, max: …}"]),
        ("city: ['', [a]]", ["city[0]: expected a value", "city[1]: expected a value"]),
        ("city: {nto: [a]}", ["city: expected a value, a list of values, {not: …} or {min: …, max: …}, found {nto}"]),
        ("city: {}", ["city: expected a value"]),
        ("city: {not: [], min: 2}", ["city: city is text; min and max are for numbers"]),
        ("city: {min: 2}", ["city: city is text; min and max are for numbers"]),
        ("heat: {min: 2, not: [3]}", ["heat.not: only min and max may stand together"]),
        ("heat: {min: hot, max: inf}", ["heat.min: expected a number, found hot", "heat.max: expected a number"]),
        ("heat: {min: 5, max: 3}", ["heat: min 5 is above max 3, so it never holds"]),
        ("device: [phone, Mobile]", ["device[0]: expected desktop, mobile, tablet or other, found phone"]),
        ("hours: [mon 25:00-26:00, 07-10]", ["hours[0]: not a time of day", "hours[1]: not a day-part such as"]),
        ("a_key_of_more_than_twenty: x", ["a_key_of_more_than_twenty: a dimension's name is at most 20"]),
        ("Şehir: x", ["Şehir: a dimension's name is at most 20"]),
        (f"kv: {'x' * 41}", ["kv: a value has at most 40 characters, this has 41"]),
    ],
)  # fmt: skip
def test_every_fault_of_targeting_is_told(text: str, faults: list[str]) -> None:
    found = read_targeting(parse(text)[0], ())[1]
    assert len(found) == len(faults), found
    assert [str(fault).partition(": ")[2].startswith(start) for fault, start in zip(found, faults, strict=True)] == [
        True for _ in faults
    ], found


def test_right_conditions_are_kept_beside_wrong_ones() -> None:
    targeting, faults = read_targeting(parse("{city: Van, hours: never}")[0], ("targeting",))
    assert targeting == {"city": AnyOf(("Van",))}
    assert [fault.path for fault in faults] == ["targeting.hours"]
