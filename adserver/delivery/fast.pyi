import hashlib
from collections.abc import Sequence

from adserver.counting.token import Issuer
from adserver.decision.request import Decision, NoFill
from adserver.delivery.decide import Stamp
from adserver.delivery.render import Answers
from adserver.delivery.write import Article

SOURCE: str
"""The SHA-256 of the source that this was compiled from."""

def write_page(
    decisions: Sequence[Decision],
    stamp: Stamp,
    answers: Answers,
    state: hashlib.blake2b,
    issuer: Issuer,
    request: int,
    page: str,
    article: Article | None,
    request_head: bytes,
    unfilled_head: bytes,
) -> tuple[bytes, list[bytes], list[NoFill]]: ...
