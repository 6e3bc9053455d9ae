"""Tokens: what a decision hands to the browser, signed, so that what comes back can be believed and told apart.

A token is unpadded URL-safe base64 of a fixed head, a subject and a tag: keyed BLAKE2b (RFC 7693) over all before it.
"""

import hashlib
import struct
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Sequence
from functools import lru_cache
from hmac import compare_digest
from typing import NamedTuple

_AD_VERSION = 1
_VIEW_VERSION = 2
_HEAD = struct.Struct(">BQII")
_SITE = struct.Struct(">I")
# 96 bits: guessing one needs 2^95 requests on average, and saves four characters of every address.
_TAG_BYTES = 12
_LONGEST = 600  # 100 letters of four bytes, what an article's name may have at most
SEQUENCES = 2**32
_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")  # the decoder takes no "!"
_PADDING = (b"", b"", b"==", b"=")
_LAST_LETTERS = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")
"""By how many letters there are beyond whole fours: those whose spare bits are 0."""


class AdToken(NamedTuple):
    """One decision. `issuer` and `sequence` name it for all time; `issued` is Unix seconds; `subject` is packed and
    says what its events are counted for."""

    issuer: int
    sequence: int
    issued: int
    subject: bytes


class ViewToken(NamedTuple):
    """One showing of an article's page."""

    issuer: int
    sequence: int
    issued: int
    site_id: int
    article: str


Token = AdToken | ViewToken


class TokenKeys:
    """Signs tokens with the current key and believes the current and the previous one.

    `states` are the keyed hashes, the current one first.
    """

    def __init__(self, secret: str, previous: str | None = None) -> None:
        self.states = [_keyed_state(text) for text in (secret, previous) if text]

    def sign_ad(self, token: AdToken) -> str:
        """Return the token's text: 51 characters and the city's."""
        return self._sign(_HEAD.pack(_AD_VERSION, token.issuer, token.sequence, token.issued) + token.subject)

    def sign_ads(self, issuer: "Issuer", issued: int, subjects: Sequence[bytes]) -> list[str]:
        """Return the texts of the issuer's next tokens, one for each subject: those of a page in two thirds of the time
        that they take one by one."""
        number, sequence = issuer.ads(len(subjects))
        state, pack = self.states[0], _HEAD.pack
        texts: list[str] = []
        for subject in subjects:
            payload = pack(_AD_VERSION, number, sequence, issued) + subject
            tag = state.copy()
            tag.update(payload)
            texts.append(_encode(payload + tag.digest()).decode("ascii"))
            sequence += 1
        return texts

    def sign_view(self, token: ViewToken) -> str:
        """Return the token's text: 44 characters and the article's."""
        head = _HEAD.pack(_VIEW_VERSION, token.issuer, token.sequence, token.issued)
        return self._sign(head + _SITE.pack(token.site_id) + token.article.encode())

    def _sign(self, payload: bytes) -> str:
        state = self.states[0].copy()
        state.update(payload)
        return _encode(payload + state.digest()).decode("ascii")

    def read(self, text: str) -> Token | None:
        """Return what the token says, or None where it is not one of ours. Exactly one text verifies for each token."""
        return self.read_bytes(text.encode())

    def read_bytes(self, written: bytes) -> Token | None:
        """Return what `read` does."""
        signed = _decode(written)
        if signed is None:
            return None
        payload, tag = signed[:-_TAG_BYTES], signed[-_TAG_BYTES:]
        for state in self.states:
            attempt = state.copy()
            attempt.update(payload)
            if compare_digest(attempt.digest(), tag):
                return unpack(payload)
        return None


def _keyed_state(secret: str) -> "hashlib.blake2b":
    key = hashlib.blake2b(secret.encode(), person=b"adserver-token-1").digest()
    return hashlib.blake2b(key=key, digest_size=_TAG_BYTES)


def _decode(written: bytes) -> bytes | None:
    surplus = len(written) & 3
    if len(written) > _LONGEST or surplus == 1:
        return None
    # The decoder overlooks spare bits of the last letter; only the text that we would write is accepted.
    if surplus and written[-1] not in _LAST_LETTERS[surplus]:
        return None
    try:
        return a2b_base64(written.translate(_TO_STANDARD) + _PADDING[surplus], strict_mode=True)
    except ValueError:
        return None


def _encode(signed: bytes) -> bytes:
    return b2a_base64(signed, newline=False).translate(_TO_URL_SAFE).rstrip(b"=")


def unpack(payload: bytes) -> Token | None:
    """Return the token whose tag was found to be right."""
    if payload[0] == _AD_VERSION:
        return AdToken._make(_ad_layout(len(payload)).unpack(payload))
    if payload[0] == _VIEW_VERSION:
        _, issuer, sequence, issued = _HEAD.unpack_from(payload)
        rest = payload[_HEAD.size :]
        return ViewToken(issuer, sequence, issued, _SITE.unpack_from(rest)[0], rest[_SITE.size :].decode())
    return None


@lru_cache(maxsize=_LONGEST)
def _ad_layout(size: int) -> struct.Struct:
    """The fields of an AdToken in a payload of so many bytes."""
    return struct.Struct(f">xQII{size - _HEAD.size}s")


class Issuer:
    """A worker's own number, with a sequence for each sort of token.

    The number is 64 random bits from `draw`, so that a worker needs no Redis to begin, and a Redis restored from an
    older state can never hand out a number twice (10,000 starts collide with probability 3e-12). A new one is drawn
    when a sequence is used up.
    """

    def __init__(self, draw: Callable[[], int]) -> None:
        self._draw = draw
        self._ad_issuer = self._view_issuer = draw()
        self._ad_sequence = self._view_sequence = 0

    @property
    def number(self) -> int:
        """The number that the next decision's token carries."""
        return self._ad_issuer

    def ads(self, count: int) -> tuple[int, int]:
        """Return the number and the first sequence of the next tokens, which follow one another."""
        if self._ad_sequence + count > SEQUENCES:
            self._ad_issuer, self._ad_sequence = self._draw(), 0
        first = self._ad_sequence
        self._ad_sequence += count
        return self._ad_issuer, first

    def view(self) -> tuple[int, int]:
        """Return the number and the sequence of the next page's token."""
        if self._view_sequence == SEQUENCES:
            self._view_issuer, self._view_sequence = self._draw(), 0
        self._view_sequence += 1
        return self._view_issuer, self._view_sequence - 1
