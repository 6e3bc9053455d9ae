from adserver.console.throttle import TRIES_A_NETWORK, TRIES_AN_ACCOUNT, WINDOW_SECONDS, Throttle

HERE, THERE = "203.0.113.0/24", "198.51.100.0/24"


def test_an_account_may_be_tried_a_few_times() -> None:
    throttle = Throttle()
    tries = [throttle.admits("a@b.example", HERE, now=float(at)) for at in range(TRIES_AN_ACCOUNT + 1)]
    assert tries == [True] * TRIES_AN_ACCOUNT + [False]


def test_an_owner_elsewhere_is_not_locked_out() -> None:
    throttle = Throttle()
    for _ in range(TRIES_AN_ACCOUNT + 1):
        throttle.admits("a@b.example", HERE, now=0)
    assert throttle.admits("a@b.example", THERE, now=0)


def test_one_network_may_not_try_every_account() -> None:
    throttle = Throttle()
    tries = [throttle.admits(f"{number}@b.example", HERE, now=0) for number in range(TRIES_A_NETWORK + 1)]
    assert tries == [True] * TRIES_A_NETWORK + [False]


def test_tries_are_forgotten_after_the_window() -> None:
    throttle = Throttle()
    for _ in range(TRIES_AN_ACCOUNT):
        throttle.admits("a@b.example", HERE, now=100)
    assert not throttle.admits("a@b.example", HERE, now=99 + WINDOW_SECONDS)
    assert throttle.admits("a@b.example", HERE, now=100 + WINDOW_SECONDS)


def test_the_right_password_starts_the_account_afresh() -> None:
    throttle = Throttle()
    for _ in range(TRIES_AN_ACCOUNT):
        throttle.admits("a@b.example", HERE, now=0)
    throttle.forgive("a@b.example", HERE)
    assert throttle.admits("a@b.example", HERE, now=0)


def test_right_passwords_do_not_use_up_a_networks_tries() -> None:
    throttle = Throttle()
    for _ in range(TRIES_A_NETWORK + 1):
        assert throttle.admits("a@b.example", HERE, now=0)
        throttle.forgive("a@b.example", HERE)


def test_a_right_password_does_not_give_a_network_back_its_wrong_ones() -> None:
    throttle = Throttle()
    for number in range(TRIES_A_NETWORK - 1):
        throttle.admits(f"{number}@b.example", HERE, now=0)
    throttle.admits("own@b.example", HERE, now=0)
    throttle.forgive("own@b.example", HERE)
    assert throttle.admits("x@b.example", HERE, now=0)
    assert not throttle.admits("y@b.example", HERE, now=0)
