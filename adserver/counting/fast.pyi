from adserver.counting.bundle import Bundle
from adserver.counting.reported import Reported
from adserver.counting.token import TokenKeys

SOURCE: str
"""The SHA-256 of the source that this was compiled from."""

def read_line(keys: TokenKeys, line: bytes) -> Reported | None: ...
def take(amounts: dict[bytes, int], most: int) -> Bundle: ...
