import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.inventory.folding import PROVINCES, canonical, fold, province


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ISPARTA", "ısparta"),
        ("İZMİR", "izmir"),
        ("ÇĞÖŞÜ", "çğöşü"),
        ("  Son\u00a0 \n Dakika ", "son dakika"),
        ("I\u0307zmir", "izmir"),
        ("i\u0307stanbul", "istanbul"),
        ("i\u0307\u0302", "î"),
        ("s\u0327", "ş"),
        ("", ""),
    ],
    ids=[
        "dotless",
        "dotted",
        "other-letters",
        "blanks",
        "decomposed",
        "lowered-by-a-browser",
        "two-marks",
        "combining",
        "empty",
    ],
)
def test_folding_is_turkish(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_dotted_and_dotless_i_are_two_letters() -> None:
    assert fold("KIL") != fold("KİL")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_provinces_stand_by_plate_code() -> None:
    by_plate = dict(enumerate(PROVINCES, 1))
    assert len(by_plate) == len(set(PROVINCES)) == 81
    known = {1: "Adana", 6: "Ankara", 33: "Mersin", 34: "İstanbul", 46: "Kahramanmaraş", 67: "Zonguldak", 81: "Düzce"}
    assert {code: by_plate[code] for code in known} == known


@pytest.mark.parametrize("name", PROVINCES)
def test_every_province_is_known_in_capitals_and_without_turkish_letters(name: str) -> None:
    capitals = name.replace("i", "İ").upper()
    bare = name.translate(str.maketrans("ÇçĞğİıÖöŞşÜü", "CcGgIiOoSsUu"))
    assert [province(spelling) for spelling in (name, capitals, bare, bare.upper(), bare.lower())] == [name] * 5


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("K.Maraş", "Kahramanmaraş"),
        ("K. MARAŞ", "Kahramanmaraş"),
        ("k.maras", "Kahramanmaraş"),
        ("Maraş", "Kahramanmaraş"),
        ("Kahraman Maraş", "Kahramanmaraş"),
        ("Afyon", "Afyonkarahisar"),
        ("Antep", "Gaziantep"),
        ("G.Antep", "Gaziantep"),
        ("Urfa", "Şanlıurfa"),
        ("Ş.Urfa", "Şanlıurfa"),
        ("Sanliurfa", "Şanlıurfa"),
        ("İzmit", "Kocaeli"),
        ("IZMIT", "Kocaeli"),
        ("Adapazarı", "Sakarya"),
        ("Antakya", "Hatay"),
        ("İçel", "Mersin"),
        ("Mersin (İçel)", "Mersin"),
        ("istanbul", "İstanbul"),
        ("ISTANBUL", "İstanbul"),
        ("i\u0307stanbul", "İstanbul"),
        ("Hakkâri", "Hakkari"),
        (" van ", "Van"),
    ],
)
def test_spellings_in_use_name_their_province(text: str, name: str) -> None:
    assert province(text) == name
    assert canonical(text) == fold(name)


@pytest.mark.parametrize("text", ["", "  ", "Paris", "Türkiye", "34", "Kıbrıs", "."])
def test_other_texts_are_no_province_and_compare_folded(text: str) -> None:
    assert province(text) is None
    assert canonical(text) == fold(text)
