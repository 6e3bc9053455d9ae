"""The listening socket, and what keeps it from being opened."""

import re
import socket

import pytest

from adserver.process.listening import ListenError, address_url, listen, local_address


def test_port_0_is_any_free_port_and_the_address_names_it():
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        assert port > 0
        assert address_url(listening) == f"http://localhost:{port}"


def test_socket_on_all_addresses_is_reached_by_the_local_one():
    with listen("0.0.0.0", 0) as listening:
        assert local_address(listening) == ("127.0.0.1", listening.getsockname()[1])


def test_connections_wait_until_a_worker_takes_them():
    with listen("127.0.0.1", 0) as listening, socket.create_connection(local_address(listening)):
        pass


def test_taken_port_is_named():
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        message = re.escape(f"cannot listen on 127.0.0.1 port {port}: the port is taken: stop the program that has it")
        with pytest.raises(ListenError, match=message):
            listen("127.0.0.1", port)


def test_address_of_another_machine_is_refused():
    with pytest.raises(ListenError, match=r"cannot listen on 192\.0\.2\.1 port 0: this machine does not have"):
        listen("192.0.2.1", 0)


def test_name_that_nobody_has_is_refused():
    with pytest.raises(ListenError, match=r"cannot listen on no-such-host\.invalid port 0: "):
        listen("no-such-host.invalid", 0)
