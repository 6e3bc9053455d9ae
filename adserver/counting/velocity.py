"""How fast one reader reports events: beyond the limits it is no reader.

Kept in the memory of each worker for the longest window, under a hash that changes with the process; nothing is stored.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from adserver.counting.events import EVENT_KINDS, EventKind
from adserver.counting.readers import truncated

READERS_KEPT = 50_000


class Limit(NamedTuple):
    """At most `events` within `seconds`."""

    events: int
    seconds: int


class Velocity:
    """Remembers when each reader's last events were, of as many readers as READERS_KEPT, the latest ones."""

    def __init__(self, limits: Mapping[EventKind, Sequence[Limit]]) -> None:
        self._limits = {
            kind: (tuple(of_kind), max(limit.events for limit in of_kind))
            for kind, of_kind in limits.items()
            if of_kind
        }
        self._times: OrderedDict[int, deque[float]] = OrderedDict()

    def is_too_fast(self, kind: EventKind, network: str | None, user_agent: str, now: float) -> bool:
        """Note an event at Unix time `now` and say whether it is above a limit.

        Readers are told apart by `public_network` and user agent, as carriers let many share an address. Private
        networks are never too fast: behind them stands a proxy that hides its readers, or a test.
        """
        if network is None or kind not in self._limits:
            return False
        limits, most = self._limits[kind]
        times = self._times_of(hash((kind, network, user_agent)), most)
        known = len(times)
        for events, seconds in limits:
            if known >= events and now - times[-events] < seconds:
                return True
        times.append(now)
        return False

    def _times_of(self, reader: int, most: int) -> deque[float]:
        times = self._times.get(reader)
        if times is None:
            times = self._times[reader] = deque(maxlen=most)
            if len(self._times) > READERS_KEPT:
                self._times.popitem(last=False)
        else:
            self._times.move_to_end(reader)
        return times


# A page's reader sends several events.
@lru_cache(maxsize=8192)
def public_network(address: str) -> str | None:
    """Return the address's truncated network, None for private ones and for what is no address."""
    try:
        is_global = ip_address(address).is_global
    except ValueError:
        return None
    return truncated(address) if is_global else None


def read_limits(text: str) -> Mapping[EventKind, Sequence[Limit]]:
    """Read "click 20/60, click 100/3600": events and seconds. Raises ValueError naming the part that is wrong."""
    limits: dict[EventKind, list[Limit]] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        kind, _, rate = part.partition(" ")
        events, _, seconds = rate.partition("/")
        if kind not in EVENT_KINDS or not events.isdigit() or not seconds.isdigit() or not int(events) * int(seconds):
            raise ValueError(f"{part!r} does not read like 'click 20/60' (events in seconds)")
        limits.setdefault(EVENT_KINDS[kind], []).append(Limit(int(events), int(seconds)))
    return limits
