import pytest

from adserver.counting.events import EventKind
from adserver.counting.velocity import READERS_KEPT, Limit, Velocity, public_network, read_limits

LIMITS = {EventKind.CLICK: [Limit(2, 60), Limit(3, 3600)]}
PUBLIC = "8.8.8.8"


def too_fast(velocity: Velocity, *times: float, address: str = PUBLIC, agent: str = "a") -> list[bool]:
    network = public_network(address)
    return [velocity.is_too_fast(EventKind.CLICK, network, agent, time) for time in times]


def test_each_limit_holds() -> None:
    assert too_fast(Velocity(LIMITS), 0, 1, 2, 61, 130, 3601) == [False, False, True, False, True, False]


def test_refused_events_do_not_keep_a_reader_out() -> None:
    velocity = Velocity({EventKind.CLICK: [Limit(1, 60)]})
    assert too_fast(velocity, 0, 30, 59, 60) == [False, True, True, False]


def test_networks_and_user_agents_are_told_apart() -> None:
    velocity = Velocity({EventKind.CLICK: [Limit(1, 60)]})
    assert too_fast(velocity, 0) == [False]
    assert too_fast(velocity, 1, address="8.8.8.9") == [True]
    assert too_fast(velocity, 1, address="8.8.9.8") == [False]
    assert too_fast(velocity, 1, agent="b") == [False]


def test_a_kind_without_limit_is_never_too_fast() -> None:
    velocity = Velocity(LIMITS)
    assert not any(velocity.is_too_fast(EventKind.VIEWABLE, PUBLIC, "a", 0) for _ in range(100))


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "::1", "fd00::1", "", "unknown"])
def test_private_addresses_are_never_too_fast(address: str) -> None:
    assert not any(too_fast(Velocity(LIMITS), *[0.0] * 50, address=address))


def test_the_latest_readers_are_remembered() -> None:
    velocity = Velocity({EventKind.CLICK: [Limit(1, 60)]})
    for reader in range(READERS_KEPT + 1):
        too_fast(velocity, 0, agent=str(reader))
    assert too_fast(velocity, 1, agent=str(READERS_KEPT)) == [True]
    assert too_fast(velocity, 1, agent="0") == [False]


def test_limits_are_read_from_their_setting() -> None:
    assert read_limits("click 2/60, click 3/3600") == LIMITS
    assert read_limits("") == {}


@pytest.mark.parametrize("text", ["click", "click 2", "click 2/0", "click x/60", "seen 2/60", "click 2/60 view 1/2"])
def test_a_wrong_limit_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="does not read like"):
        read_limits(text)
