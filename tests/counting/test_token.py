import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.counting.counter import pack_subject
from adserver.counting.token import SEQUENCES, AdToken, Issuer, TokenKeys, ViewToken
from adserver.delivery.device import Device

KEYS = TokenKeys("s" * 32)
AD = AdToken(2**63 + 5, 70_000, 1_790_000_000, pack_subject(3, 12, Device.MOBILE, "Kahramanmaraş"))

u32 = st.integers(0, 2**32 - 1)
ad_tokens = st.builds(AdToken, st.integers(0, 2**64 - 1), u32, u32, st.binary(max_size=60))
view_tokens = st.builds(ViewToken, st.integers(0, 2**64 - 1), u32, u32, u32, st.text(max_size=80))


@given(ad_tokens)
def test_an_ad_token_survives_a_round_trip(token: AdToken) -> None:
    assert KEYS.read(KEYS.sign_ad(token)) == token


@given(view_tokens)
def test_a_view_token_survives_a_round_trip(token: ViewToken) -> None:
    assert KEYS.read(KEYS.sign_view(token)) == token


@given(ad_tokens, st.data())
def test_no_other_text_verifies(token: AdToken, data: st.DataObject) -> None:
    text = KEYS.sign_ad(token)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters().filter(lambda character: character != text[place]))
    assert KEYS.read(text[:place] + letter + text[place + 1 :]) is None


@given(st.text())
def test_a_text_that_nobody_signed_is_not_a_token(text: str) -> None:
    assert KEYS.read(text) is None


@pytest.mark.parametrize("change", ["{}=", "{}==", " {}", "{}\n", "{}A", "{}.gif"])
def test_one_text_verifies_for_a_token(change: str) -> None:
    assert KEYS.read(change.format(KEYS.sign_ad(AD))) is None


def test_a_previous_key_is_believed_and_does_not_sign() -> None:
    rotated = TokenKeys("n" * 32, previous="s" * 32)
    assert rotated.read(KEYS.sign_ad(AD)) == AD
    assert KEYS.read(rotated.sign_ad(AD)) is None


def test_an_unknown_key_is_not_believed() -> None:
    assert KEYS.read(TokenKeys("x" * 32).sign_ad(AD)) is None


def test_a_token_is_short() -> None:
    assert len(KEYS.sign_ad(AD._replace(subject=pack_subject(3, 12, Device.MOBILE, "")))) == 51
    assert len(KEYS.sign_ad(AD)) == 70


def test_a_pages_tokens_are_those_of_its_issuer_in_order() -> None:
    issuer = Issuer(lambda: 7)
    texts = KEYS.sign_ads(issuer, 9, [b"a", b"b"]) + KEYS.sign_ads(issuer, 9, [b"c"])
    assert [KEYS.read(text) for text in texts] == [AdToken(7, at, 9, b"abc"[at : at + 1]) for at in range(3)]
    assert texts[0] == KEYS.sign_ad(AdToken(7, 0, 9, b"a"))


def test_an_issuer_never_gives_a_sequence_twice() -> None:
    numbers = iter([7, 8, 9])
    issuer = Issuer(lambda: next(numbers))
    issuer._ad_sequence = SEQUENCES - 2
    assert [issuer.ads(count) for count in (2, 2, 1)] == [(7, SEQUENCES - 2), (8, 0), (8, 2)]
    issuer._ad_sequence = SEQUENCES - 1
    assert issuer.ads(2) == (9, 0)
    assert [issuer.view(), issuer.view()] == [(7, 0), (7, 1)]
