"""Tokens: what a decision hands to the browser, signed, so that what comes back can be believed and told apart.

A token is unpadded URL-safe base64 of a fixed head, one text and a tag: keyed BLAKE2b (RFC 7693) over all before it.
"""

import hashlib
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import NamedTuple

from adserver.counting.counter import DEVICES
from adserver.delivery.device import Device

_AD_VERSION = 1
_VIEW_VERSION = 2
_AD_HEAD = struct.Struct(">BQIIIIB")
_VIEW_HEAD = struct.Struct(">BQIII")
# 96 bits: guessing one needs 2^95 requests on average, and saves four characters of every address.
_TAG_BYTES = 12
_LONGEST = 512
SEQUENCES = 2**32
_DEVICE_CODE = {device: code for code, device in enumerate(DEVICES)}


class AdToken(NamedTuple):
    """One decision. `issuer` and `sequence` name it for all time; `issued` is Unix seconds."""

    issuer: int
    sequence: int
    issued: int
    slot_id: int
    creative_id: int
    device: Device
    city: str


class ViewToken(NamedTuple):
    """One showing of an article's page."""

    issuer: int
    sequence: int
    issued: int
    site_id: int
    article: str


Token = AdToken | ViewToken


class TokenKeys:
    """Signs tokens with the current key and believes the current and the previous one."""

    def __init__(self, secret: str, previous: str | None = None) -> None:
        self._states = [_keyed_state(text) for text in (secret, previous) if text]

    def sign_ad(self, token: AdToken) -> str:
        """Return the token's text: 52 characters and the city's."""
        device = _DEVICE_CODE[token.device]
        head = _AD_HEAD.pack(
            _AD_VERSION, token.issuer, token.sequence, token.issued, token.slot_id, token.creative_id, device
        )
        return self._sign(head + token.city.encode())

    def sign_view(self, token: ViewToken) -> str:
        """Return the token's text: 44 characters and the article's."""
        head = _VIEW_HEAD.pack(_VIEW_VERSION, token.issuer, token.sequence, token.issued, token.site_id)
        return self._sign(head + token.article.encode())

    def _sign(self, payload: bytes) -> str:
        state = self._states[0].copy()
        state.update(payload)
        return urlsafe_b64encode(payload + state.digest()).rstrip(b"=").decode("ascii")

    def read(self, text: str) -> Token | None:
        """Return what the token says, or None where it is not one of ours. Exactly one text verifies for each token."""
        signed = _decode(text)
        if signed is None or len(signed) <= _TAG_BYTES:
            return None
        payload, tag = signed[:-_TAG_BYTES], signed[-_TAG_BYTES:]
        if not any(_verifies(state, payload, tag) for state in self._states):
            return None
        return _unpack(payload)


def _keyed_state(secret: str) -> "hashlib.blake2b":
    key = hashlib.blake2b(secret.encode(), person=b"adserver-token-1").digest()
    return hashlib.blake2b(key=key, digest_size=_TAG_BYTES)


def _verifies(state: "hashlib.blake2b", payload: bytes, tag: bytes) -> bool:
    attempt = state.copy()
    attempt.update(payload)
    return hmac.compare_digest(attempt.digest(), tag)


def _decode(text: str) -> bytes | None:
    if len(text) > _LONGEST or not text.isascii():
        return None
    try:
        signed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    # The decoder overlooks foreign characters and spare bits; only the text that we would write is accepted.
    return signed if urlsafe_b64encode(signed).rstrip(b"=") == text.encode() else None


def _unpack(payload: bytes) -> Token | None:
    if payload[0] == _AD_VERSION:
        _, issuer, sequence, issued, slot_id, creative_id, device = _AD_HEAD.unpack_from(payload)
        city = payload[_AD_HEAD.size :].decode()
        return AdToken(issuer, sequence, issued, slot_id, creative_id, DEVICES[device], city)
    if payload[0] == _VIEW_VERSION:
        _, issuer, sequence, issued, site_id = _VIEW_HEAD.unpack_from(payload)
        return ViewToken(issuer, sequence, issued, site_id, payload[_VIEW_HEAD.size :].decode())
    return None


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

    def ad(self, issued: int, slot_id: int, creative_id: int, device: Device, city: str) -> AdToken:
        """Return the next decision's token."""
        sequence = self._ad_sequence
        token = AdToken(self._ad_issuer, sequence, issued, slot_id, creative_id, device, city)
        self._ad_sequence = sequence + 1
        if self._ad_sequence == SEQUENCES:
            self._ad_issuer, self._ad_sequence = self._draw(), 0
        return token

    def view(self, issued: int, site_id: int, article: str) -> ViewToken:
        """Return the next page's token."""
        token = ViewToken(self._view_issuer, self._view_sequence, issued, site_id, article)
        self._view_sequence += 1
        if self._view_sequence == SEQUENCES:
            self._view_issuer, self._view_sequence = self._draw(), 0
        return token
