"""Valkeys of a test's own: alone, with a replica, as a cluster."""

import signal
import subprocess
from collections import Counter as Tally
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis

from adserver.counting.bundle import is_bundle, unpack
from adserver.counting.flush import META_FIELDS
from adserver.embedded.binaries import valkey_binary
from tests.servers import free_port
from tests.waiting import until

DURABLE = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")


def sums_of(fields: Mapping[bytes, bytes]) -> Tally[bytes]:
    """What a hash of counters adds up to, by field."""
    sums: Tally[bytes] = Tally()
    for field, value in fields.items():
        if field in META_FIELDS:
            continue
        for name, amount in unpack(value) if is_bundle(field) else [(field, int(value))]:
            sums[name] += amount
    return sums


@dataclass(slots=True)
class Node:
    """A server on a loopback port, with its data in a directory."""

    directory: Path
    port: int
    options: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None

    def client(self) -> Redis:
        return Redis(port=self.port)

    async def start(self) -> None:
        """Start it, on the data of its last run where there was one, and wait until it answers."""
        self.process = self._run()
        async with self.client() as redis:
            await until(redis.ping)

    def _run(self) -> subprocess.Popen[bytes]:
        self.directory.mkdir(parents=True, exist_ok=True)
        place = ("--port", str(self.port), "--dir", self.directory, "--logfile", "log")
        return subprocess.Popen([valkey_binary(), *place, *DURABLE, *self.options])

    def send(self, signum: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(signum)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        assert self.process is not None
        self.process.wait()


@asynccontextmanager
async def running(directory: Path, *options: str) -> AsyncIterator[Node]:
    """A server that is killed in the end."""
    node = Node(directory, free_port(), options)
    await node.start()
    try:
        yield node
    finally:
        node.kill()


@asynccontextmanager
async def running_cluster(directory: Path) -> AsyncIterator[list[Node]]:
    """Three primaries that know one another and share all slots."""
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
    async with AsyncExitStack() as stack:
        nodes = []
        for number in range(3):
            port = ("--cluster-port", str(free_port()))
            nodes.append(await stack.enter_async_context(running(directory / str(number), *options, *port)))
        await _introduce(nodes)
        yield nodes


async def _introduce(nodes: list[Node]) -> None:
    first = nodes[0]
    for number, node in enumerate(nodes):
        async with node.client() as redis:
            start, end = 16_384 * number // len(nodes), 16_384 * (number + 1) // len(nodes) - 1
            await redis.execute_command("CLUSTER", "ADDSLOTSRANGE", start, end)
            await redis.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if node is not first:
                bus = first.options[first.options.index("--cluster-port") + 1]
                await redis.execute_command("CLUSTER", "MEET", "127.0.0.1", first.port, bus)
    for node in nodes:
        await until_whole(node)


async def until_whole(node: Node) -> None:
    """Wait until the node knows all slots served."""

    async def is_whole() -> bool:
        async with node.client() as redis:
            return b"cluster_state:ok" in await redis.execute_command("CLUSTER", "INFO")

    await until(is_whole)
