"""What is compiled reads a beacon's line, and bundles counters, as Python does."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.counting.bundle import take_in_python, unpack
from adserver.counting.compiled import fast
from adserver.counting.events import EventKind
from adserver.counting.reported import Reported, read_line_in_python
from adserver.counting.token import AdToken, TokenKeys, ViewToken

pytestmark = pytest.mark.skipif(fast is None and not os.environ.get("CI"), reason="was installed without a C compiler")

OLD = TokenKeys("s" * 32)
KEYS = TokenKeys("n" * 32, previous="s" * 32)
LETTERS = st.sampled_from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \xff\x00")

u32 = st.integers(0, 2**32 - 1)
issuers = st.integers(0, 2**64 - 1)
ad_tokens = st.builds(AdToken, issuers, u32, u32, st.binary(max_size=60))
view_tokens = st.builds(ViewToken, issuers, u32, u32, u32, st.text(max_size=80))
kinds = st.sampled_from(EventKind)


@given(kinds, ad_tokens, st.sampled_from([OLD, KEYS]))
def test_an_ads_event_is_read(kind: EventKind, token: AdToken, signer: TokenKeys) -> None:
    event = fast.read_line(KEYS, f"{kind} {signer.sign_ad(token)}".encode())
    assert event == Reported(kind, token)
    assert (type(event), type(event.token)) == (Reported, AdToken)


@given(kinds, view_tokens)
def test_a_view_is_read(kind: EventKind, token: ViewToken) -> None:
    assert fast.read_line(KEYS, f"{kind} {KEYS.sign_view(token)}".encode()) == Reported(kind, token)


@given(ad_tokens, st.data())
def test_no_other_text_verifies(token: AdToken, data: st.DataObject) -> None:
    text = KEYS.sign_ad(token).encode()
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(LETTERS.filter(lambda letter: letter != text[place]))
    changed = text[:place] + bytes((letter,)) + text[place + 1 :]
    assert fast.read_line(KEYS, b"click " + changed) == Reported(EventKind.CLICK, None)


@pytest.mark.parametrize("change", [b"%b=", b"%b==", b" %b", b"%b\n", b"%bA", b"%bAAAA", b"%b.gif", b"%b impression"])
def test_one_text_verifies_for_a_token(change: bytes) -> None:
    text = change % KEYS.sign_ad(AdToken(7, 8, 9, b"subject")).encode()
    assert fast.read_line(KEYS, b"click " + text) == Reported(EventKind.CLICK, None)


@given(st.dictionaries(st.binary(max_size=500), st.integers(1, 2**32 - 1), max_size=9), st.integers(0, 10))
def test_counters_are_bundled_alike(amounts: dict[bytes, int], most: int) -> None:
    ours, theirs = dict(amounts), dict(amounts)
    bundle = take_in_python(ours, most)
    assert (fast.take(theirs, most), list(theirs)) == (bundle, list(ours))
    assert (dict(unpack(bundle.text)) | ours, bundle.counters) == (amounts, min(most, len(amounts)))


words = st.sampled_from([b"impression", b"click", b"clicks", b"", b"Click"])
separators = st.sampled_from([b" ", b"", b"  ", b"\t"])


@given(words, separators, st.binary(max_size=20) | st.lists(LETTERS, min_size=590, max_size=610).map(bytes))
def test_any_line_is_read_alike(word: bytes, separator: bytes, text: bytes) -> None:
    line = word + separator + text
    assert fast.read_line(KEYS, line) == read_line_in_python(KEYS, line)
