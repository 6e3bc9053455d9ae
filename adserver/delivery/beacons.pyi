from collections.abc import Callable, Mapping

from adserver.delivery.hot import HotAddresses
from adserver.delivery.protocol import HotProtocol

SOURCE: str
"""The SHA-256 of the source that this was compiled from."""

class Beacons:
    def __init__(self, hot: HotAddresses, time: Callable[[], float] = ...) -> None: ...
    def begin(self, connection: HotProtocol, headers: Mapping[bytes, bytes], body: bytes) -> bool: ...
