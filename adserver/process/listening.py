"""The socket that the supervisor opens and every web worker accepts from."""

import errno
import socket

_WAITING_CONNECTIONS = 2048

_REASONS = {
    errno.EADDRINUSE: "the port is taken: stop the program that has it, or choose another with --port",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
    errno.EACCES: "a port below 1024 needs more rights: choose another with --port",
}


class ListenError(Exception):
    """The address cannot be listened on; the message is one line."""


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; connections wait in it until a worker accepts them. Raises ListenError."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        both = family == socket.AF_INET6 and host == "::" and socket.has_dualstack_ipv6()
        return socket.create_server((host, port), family=family, backlog=_WAITING_CONNECTIONS, dualstack_ipv6=both)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror)
        raise ListenError(f"cannot listen on {host} port {port}: {reason}") from error


def local_address(listening: socket.socket) -> tuple[str, int]:
    """Where this machine itself reaches the socket."""
    host, port = listening.getsockname()[:2]
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104


def address_url(listening: socket.socket) -> str:
    """The socket's address as people type it."""
    host, port = local_address(listening)
    if host in ("127.0.0.1", "::1"):
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
