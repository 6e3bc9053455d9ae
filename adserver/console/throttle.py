"""How often a password may be tried: bounds on guessing, in the memory of each worker."""

from collections import OrderedDict
from typing import NamedTuple

WINDOW_SECONDS = 900
TRIES_AN_ACCOUNT = 5  # from one network, so that nobody can lock an account's owner out from elsewhere
TRIES_A_NETWORK = 50  # over all accounts; an office behind one address mistypes less often
_SOURCES_KEPT = 10_000


class _Source(NamedTuple):
    """`email` is None for all accounts together."""

    email: str | None
    network: str


class _Tries(NamedTuple):
    number: int
    until: float


class Throttle:
    """Tries of the last WINDOW_SECONDS, of the latest sources. Times are seconds of any clock that does not jump."""

    def __init__(self) -> None:
        self._tries: OrderedDict[_Source, _Tries] = OrderedDict()

    def admits(self, email: str, network: str, now: float) -> bool:
        """Say whether a password may be tried, and note the try. A refused try is not noted."""
        sources = {_Source(email, network): TRIES_AN_ACCOUNT, _Source(None, network): TRIES_A_NETWORK}
        if any(self._current(source, now).number >= limit for source, limit in sources.items()):
            return False
        for source in sources:
            number, until = self._current(source, now)
            self._tries[source] = _Tries(number + 1, until)
            self._tries.move_to_end(source)
        while len(self._tries) > _SOURCES_KEPT:
            self._tries.popitem(last=False)
        return True

    def forgive(self, email: str, network: str) -> None:
        """The password was right: the account starts afresh, the network takes this try back, not its wrong ones."""
        self._tries.pop(_Source(email, network), None)
        if tries := self._tries.get(network_source := _Source(None, network)):
            self._tries[network_source] = tries._replace(number=tries.number - 1)

    def _current(self, source: _Source, now: float) -> _Tries:
        tries = self._tries.get(source)
        return tries if tries and now < tries.until else _Tries(0, now + WINDOW_SECONDS)
