"""Token, bit, counter, batch, ledger: in any order, with a crash at any step, each event is there once.

The code under test and both servers are real. Each token has a creative of its own, so that what became of it can be
read from the counters, wherever they are.
"""

import asyncio
from collections import Counter as Tally
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import NamedTuple, TypeVar
from uuid import UUID, uuid4

import asyncpg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis

from adserver.counting import keys
from adserver.counting.batch import Batch, Call
from adserver.counting.bundle import take_in_python
from adserver.counting.counter import Counter, decode, encode
from adserver.counting.events import Metric
from adserver.counting.ledger import store_batch
from adserver.counting.scripts import COMMIT
from adserver.counting.sighting import AdSighting, Fields
from tests.counting.stepping import SteppingFlusher
from tests.counting.valkey import sums_of

SHARD = 3
BLOCK = keys.seen(SHARD, 9, 0, "i")
HOUR = 494_000
SEEN_SECONDS = 1000
ANOTHER_RUN = "0" * 40
STEPS = 20
"""A flush of one batch takes some 18."""

REQUESTS = 1_000_000
"""From this number on, what stands for a creative names a batch: its one request, counted without a bit."""

STORED = "select creative_id, (impressions + requests)::int as n from hourly"
LEDGER = "select batch_id from flushed_batch"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class World:
    """The servers, and the loop on which they are spoken to."""

    loop: asyncio.AbstractEventLoop
    redis: Redis
    connection: asyncpg.Connection
    database: str

    def do(self, coroutine: Coroutine[object, object, T]) -> T:
        return self.loop.run_until_complete(coroutine)


class Writer:
    """A web worker's way to Redis: one batch at a time, sent until it is confirmed."""

    def __init__(self) -> None:
        self._head = [keys.live(SHARD), keys.batches(SHARD), keys.done(SHARD, uuid4().int >> 64)]
        self._batches = 0
        self.pending: Pending | None = None

    def begin(self, tokens: list[int], request: int) -> None:
        self._batches += 1
        sightings = [AdSighting(SHARD, BLOCK, token, Fields(field_of(Metric.IMPRESSION, token))) for token in tokens]
        requests = take_in_python({field_of(Metric.REQUEST, request): 1}, 1)
        batch = Batch(self._head)
        batch.add(sightings, lambda _: None)
        call = batch.call(self._batches, b"", SEEN_SECONDS, requests)
        self.pending = Pending(call, {*tokens, request})


class Pending(NamedTuple):
    """A batch as it is sent, and the numbers of what it counts."""

    call: Call
    numbers: set[int]


class Copy(NamedTuple):
    """What Redis held, and what was counted then."""

    values: dict[bytes, bytes]
    counted: set[int]


def field_of(metric: Metric, number: int) -> bytes:
    return encode(Counter(HOUR, 1, number, metric))


class Counting(RuleBasedStateMachine):
    """Two web workers, two flushers, a Redis that may come back older."""

    tokens = Bundle("tokens")

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self._decided = 0
        self._counted: set[int] = set()
        self._sent: list[Pending] = []
        self._copy: Copy | None = None
        self._writers = [Writer(), Writer()]
        self._flushers = [SteppingFlusher(world.redis, world.database, SHARD, self._forget_copy) for _ in range(2)]
        world.do(world.redis.flushall())
        world.do(world.connection.execute("truncate hourly, daily, flushed_batch"))

    def _forget_copy(self) -> None:
        """The fence held: no Redis that is older than this moment comes back."""
        self._copy = None

    # Few, so that most of what is sent was sent before.
    @precondition(lambda self: self._decided < 5)
    @rule(target=tokens)
    def decide(self) -> int:
        self._decided += 1
        return self._decided

    @rule(writer=st.sampled_from([0, 1]), sent=st.lists(tokens, min_size=1, max_size=3), is_reply_lost=st.booleans())
    def send(self, writer: int, sent: list[int], is_reply_lost: bool) -> None:
        """Send a new batch, or the one whose reply was lost."""
        batch = self._writers[writer].pending
        if batch is None:
            self._writers[writer].begin(sent, REQUESTS + len(self._sent))
            batch = self._writers[writer].pending
            assert batch is not None
            self._sent.append(batch)
        self._run(batch)
        self._counted |= batch.numbers
        if not is_reply_lost:
            self._writers[writer].pending = None

    @precondition(lambda self: self._sent)
    @rule(data=st.data())
    def arrive_late(self, data: st.DataObject) -> None:
        """A packet that was held up arrives: a batch that may have been confirmed long ago is executed again."""
        self._run(data.draw(st.sampled_from(self._sent)))
        self._counted |= self._everywhere().keys()

    @rule(writer=st.sampled_from([0, 1]))
    def kill_writer(self, writer: int) -> None:
        self._writers[writer] = Writer()

    @rule(flusher=st.sampled_from([0, 1]), steps=st.just(STEPS) | st.integers(1, STEPS), is_killed=st.booleans())
    def flush(self, flusher: int, steps: int, is_killed: bool) -> None:
        """Do some steps of a flush, perhaps all: what is left goes on later, or never."""
        for _ in range(steps):
            if not self._world.do(self._flushers[flusher].step()):
                break
        if is_killed:
            self._world.do(self._flushers[flusher].kill())

    @precondition(lambda self: self._copy is None)
    @rule()
    def copy(self) -> None:
        self._copy = Copy(self._world.do(dump(self._world.redis)), set(self._counted))

    @precondition(lambda self: self._copy is not None)
    @rule()
    def restore(self) -> None:
        """What was counted after the copy and not stored is lost with the server that held it."""
        assert self._copy is not None
        for flusher in self._flushers:
            flusher.part()
        self._world.do(restore(self._world.redis, self._copy.values))
        self._counted &= self._copy.counted | self._stored().keys()

    @invariant()
    def each_event_is_there_once(self) -> None:
        assert self._everywhere() == dict.fromkeys(self._counted, 1)

    def teardown(self) -> None:
        for flusher in self._flushers:
            self._world.do(flusher.kill())
        last = self._flushers[0]
        for _ in range(4):
            self._world.do(last.step())
            self._world.do(last.finish())
        self._world.do(last.kill())
        assert self._stored() == dict.fromkeys(self._counted, 1)
        assert not self._world.do(self._world.redis.exists(keys.live(SHARD), keys.batches(SHARD)))

    def _everywhere(self) -> dict[int, int]:
        return dict(Tally(self._stored()) + self._world.do(unstored(self._world)))

    def _run(self, batch: Pending) -> None:
        batch.call.arguments[1] = str(uuid4())
        self._world.do(COMMIT(self._world.redis, batch.call.keys, batch.call.arguments))

    def _stored(self) -> dict[int, int]:
        rows = self._world.do(self._world.connection.fetch(STORED))
        return {row["creative_id"]: row["n"] for row in rows}


async def unstored(world: World) -> Tally[int]:
    """Return what Redis holds and Postgres has not, by number."""
    ledger = {row["batch_id"] for row in await world.connection.fetch(LEDGER)}
    waiting = [keys.batch(SHARD, name.decode()) for name in await world.redis.smembers(keys.batches(SHARD))]
    amounts: Tally[int] = Tally()
    for key in (keys.live(SHARD), *waiting):
        fields = await world.redis.hgetall(key)
        if not fields or UUID(fields[b"id"].decode()) in ledger:
            continue
        for field, amount in sums_of(fields).items():
            counter = decode(field)
            if isinstance(counter, Counter) and counter.rejection is None:
                amounts[counter.creative_id] += amount
    return amounts


async def dump(redis: Redis) -> dict[bytes, bytes]:
    return {key: await redis.dump(key) for key in await redis.keys()}


async def restore(redis: Redis, values: dict[bytes, bytes]) -> None:
    """Put the copy back as another server would have it: its run is not the one that the counters began in."""
    await redis.flushall()
    for key, value in values.items():
        is_lasting = key == keys.live(SHARD) or key.startswith(keys.batches(SHARD))
        await redis.restore(key, 0 if is_lasting else SEEN_SECONDS * 1000, value)
    if await redis.exists(keys.live(SHARD)):
        await redis.hset(keys.live(SHARD), "run", ANOTHER_RUN)


# Broken once each to see it fail: the bit (every event is a first one), `done` (a batch that is sent again adds its
# request again), the ledger (every id is new), the rename (live counters are read where they are, then deleted), the
# fence (no wait, so that an older copy comes back after the batch was stored).
def test_every_event_is_there_once_whatever_happens_in_whatever_order(database: str, redis_url: str) -> None:
    loop = asyncio.new_event_loop()
    connection = loop.run_until_complete(asyncpg.connect(database, command_timeout=20))
    redis = Redis.from_url(redis_url)
    # Makes the month's partitions: within a step it would lock the table that the invariant reads.
    loop.run_until_complete(store_batch(connection, uuid4(), {Counter(HOUR, 1, 1, Metric.REQUEST): 1}))
    world = World(loop, redis, connection, database)
    try:
        run_state_machine_as_test(
            lambda: Counting(world),
            settings=settings(
                max_examples=100,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        loop.run_until_complete(redis.aclose())
        loop.run_until_complete(connection.close())
        loop.close()
