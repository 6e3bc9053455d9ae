from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adserver.counting.token import Issuer, TokenKeys
from adserver.decision.request import Attributes, Decision
from adserver.delivery.ask import Piece
from adserver.delivery.context import Context
from adserver.delivery.decide import Stamp
from adserver.delivery.http import Response, Scope
from adserver.delivery.render import Answers
from adserver.delivery.write import Article, Written

SOURCE: str
"""The SHA-256 of the source that this was compiled from."""

def read_request(data: bytes, body_limit: int) -> tuple[bytes, bytes, bytes, dict[bytes, bytes], bytes] | None: ...
def sort_query(
    query: bytes,
    pieces: Mapping[bytes, Piece],
    learn: Callable[[bytes], Piece],
    told: Attributes,
) -> tuple[dict[str, Any], dict[str, tuple[str, ...]], dict[str, dict[str, tuple[str, ...]]], int]: ...
def write_page(
    decisions: Sequence[Decision],
    stamp: Stamp,
    answers: Answers,
    keys: TokenKeys,
    issuer: Issuer,
    request: int,
    page: str,
    article: Article | None,
) -> Written: ...
def ads(context: Context, scope: Scope, now: float) -> Response | None: ...
