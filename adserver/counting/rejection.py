"""Whether an event counts: the first reason not to, or None."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from crawleruseragents import is_crawler

from adserver.counting.events import Rejection
from adserver.counting.token import Token

_PREFETCH_HEADERS = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
_PREFETCH_WORDS = (b"prefetch", b"prerender", b"preview")
_CLOCK_TOLERANCE_SECONDS = 60


class Visitor(NamedTuple):
    """What is known of who sent an event, from the request's headers."""

    user_agent: str
    is_prefetch: bool
    is_marked_bot: bool


def visitor_of(headers: Mapping[bytes, bytes], bot_header: str | None) -> Visitor:
    """Read the headers (names in lower case). A robot is marked by any value of `bot_header` but "", "0", "false"."""
    purposes = [headers[name].lower() for name in _PREFETCH_HEADERS if name in headers]
    mark = headers.get(bot_header.encode(), b"") if bot_header else b""
    return Visitor(
        user_agent=headers.get(b"user-agent", b"").decode("latin-1").strip(),
        is_prefetch=any(word in purpose for purpose in purposes for word in _PREFETCH_WORDS),
        is_marked_bot=mark.strip().lower() not in (b"", b"0", b"false", b"no"),
    )


def visitor_rejection(visitor: Visitor) -> Rejection | None:
    """Return the first reason not to count anything that this visitor reports, or None."""
    if visitor.is_prefetch:
        return Rejection.PREFETCH
    if not visitor.user_agent:
        return Rejection.BLANK_USER_AGENT
    if visitor.is_marked_bot:
        return Rejection.BOT_HEADER
    if is_declared_bot(visitor.user_agent):
        return Rejection.DECLARED_BOT
    return None


# About 1,500 patterns take 0.1 to 1 ms; a site's readers have a few thousand user agents.
@lru_cache(maxsize=8192)
def is_declared_bot(user_agent: str) -> bool:
    """Say whether the user agent names itself a robot, by the list of `crawler-user-agents`."""
    return bool(is_crawler(user_agent))


def token_rejection(token: Token, now: float, ttl_seconds: int) -> Rejection | None:
    """Return the reason not to count this token at Unix time `now`, or None."""
    age = now - token.issued
    if age > ttl_seconds or age < -_CLOCK_TOLERANCE_SECONDS:
        return Rejection.EXPIRED
    return None
