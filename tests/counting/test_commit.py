import asyncio
from collections import Counter as Tally
from collections.abc import AsyncIterator, Sequence

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from adserver.counting import keys
from adserver.counting.batch import Done
from adserver.counting.bundle import is_bundle
from adserver.counting.commit import GroupCommit, Unavailable
from adserver.counting.counter import Counter, encode
from adserver.counting.events import Metric, Rejection
from adserver.counting.flush import META_FIELDS
from adserver.counting.lane import Argument
from adserver.counting.shard import AMOUNT_LIMIT, AMOUNT_SECONDS, PATIENCE_SECONDS, QUEUE_LIMIT, Shard
from adserver.counting.sighting import AdSighting, Fields, Outcome
from tests.counting.valkey import sums_of
from tests.waiting import pass_time, until

WRITER = 16 * 9
IMPRESSION = Counter(500_000, 1, 5, Metric.IMPRESSION)
FIRST = encode(IMPRESSION)
AGAIN = encode(IMPRESSION._replace(rejection=Rejection.DUPLICATE))
CLICK = encode(IMPRESSION._replace(metric=Metric.CLICK))
UNSEEN = encode(IMPRESSION._replace(metric=Metric.UNSEEN_CLICK))
REQUEST = encode(IMPRESSION._replace(metric=Metric.REQUEST))


def sighting(bit: int, issuer: int = WRITER, kind: str = "i") -> AdSighting:
    shard = keys.shard_of_issuer(issuer)
    return AdSighting(shard, keys.seen(shard, issuer, 0, kind), bit, Fields(FIRST, AGAIN))


async def amounts(redis: Redis, shard: int = 0) -> Tally[bytes]:
    return sums_of(await redis.hgetall(keys.live(shard)))


@pytest.fixture
async def commit(redis: Redis) -> AsyncIterator[GroupCommit]:
    commit = GroupCommit(redis, WRITER, seen_seconds=100)
    yield commit
    await commit.close()


async def test_an_event_counts_once_however_often_it_comes(commit: GroupCommit, redis: Redis) -> None:
    outcomes = await asyncio.gather(*(commit.submit([sighting(7)]) for _ in range(8)))
    assert sorted(outcomes) == [[Outcome.COUNTED]] + [[Outcome.DUPLICATE]] * 7
    assert await amounts(redis) == {FIRST: 1, AGAIN: 7}


async def test_tokens_kinds_and_issuers_do_not_hide_one_another(commit: GroupCommit, redis: Redis) -> None:
    await commit.submit([sighting(7), sighting(8), sighting(7, kind="c")])
    await commit.submit([sighting(7, issuer=WRITER + 16)])
    assert await amounts(redis) == {FIRST: 4}


async def test_a_click_without_its_impression_is_counted_and_told(commit: GroupCommit, redis: Redis) -> None:
    impressions = sighting(0).block
    for bit, events in enumerate((["c"], ["i", "c"], ["c", "c"])):
        for kind in events:
            is_click = kind == "c"
            await commit.submit(
                [sighting(bit, kind=kind)._replace(fields=Fields(CLICK, unseen=UNSEEN), compared=impressions)]
                if is_click
                else [sighting(bit)]
            )
    assert await amounts(redis) == {FIRST: 1, CLICK: 3, UNSEEN: 2}


async def test_a_click_is_compared_with_impressions_of_its_own_batch(commit: GroupCommit, redis: Redis) -> None:
    click = sighting(0, kind="c")._replace(fields=Fields(CLICK, unseen=UNSEEN), compared=sighting(0).block)
    await commit.submit([click, sighting(0)])
    assert await amounts(redis) == {FIRST: 1, CLICK: 1}


async def test_a_batch_of_thousands_counts_each_event(commit: GroupCommit, redis: Redis) -> None:
    fields = [encode(IMPRESSION._replace(creative_id=n)) for n in range(1_500)]
    bits = [*range(3_000), *range(700)]
    events = [sighting(bit)._replace(fields=Fields(fields[bit % 1_500], AGAIN)) for bit in bits]
    outcomes = await commit.submit(events)
    assert outcomes == [Outcome.COUNTED] * 3_000 + [Outcome.DUPLICATE] * 700
    counted = await amounts(redis)
    assert counted.pop(AGAIN) == 700
    assert counted == dict.fromkeys(fields, 2)


class Holds:
    """A way to Redis that keeps its answers back."""

    def __init__(self) -> None:
        self.under_way: list[Done] = []

    def begin(self, keys: Sequence[bytes], arguments: Sequence[Argument], done: Done) -> bool:
        self.under_way.append(done)
        return True


async def test_the_next_batch_leaves_before_the_last_one_is_answered() -> None:
    holds, told = Holds(), []
    shard = Shard(holds, 0, WRITER, seen_seconds=100)
    shard.send([sighting(1)], told.append)
    await until(lambda: holds.under_way)
    shard.send([sighting(2)], told.append)
    holds.under_way.pop()(b"0")
    assert (len(holds.under_way), told) == (1, [])
    await until(lambda: told)


async def test_each_shard_has_its_own_counters(commit: GroupCommit, redis: Redis) -> None:
    await asyncio.gather(commit.submit([sighting(7)]), commit.submit([sighting(7, issuer=WRITER + 3)]))
    assert await amounts(redis, 0) == {FIRST: 1}
    assert await amounts(redis, 3) == {FIRST: 1}


async def test_requests_are_summed_up_for_a_second(commit: GroupCommit, redis: Redis) -> None:
    commit.add([REQUEST])
    commit.add([REQUEST, REQUEST])
    await commit.submit([sighting(7)])
    assert await amounts(redis) == {FIRST: 1}
    await pass_time(AMOUNT_SECONDS)

    async def are_sent() -> bool:
        return len(await amounts(redis)) == 2

    await until(are_sent)
    assert await amounts(redis) == {REQUEST: 3, FIRST: 1}


async def test_many_sums_are_sent_in_parts(redis: Redis) -> None:
    commit = GroupCommit(redis, WRITER, seen_seconds=100)
    fields = [encode(IMPRESSION._replace(creative_id=n, metric=Metric.REQUEST)) for n in range(2 * AMOUNT_LIMIT + 5)]
    commit.add([*fields, *fields])
    await pass_time(AMOUNT_SECONDS)

    async def are_sent() -> bool:
        return len(await amounts(redis)) == len(fields)

    await until(are_sent)
    await commit.close()
    assert set((await amounts(redis)).values()) == {2}
    [last] = [await redis.hget(key, "batch") for key in await redis.keys("done:*")]
    assert last == b"3"


async def test_many_sums_are_a_few_fields_and_a_limited_number_of_them(redis: Redis) -> None:
    commit = GroupCommit(redis, WRITER, seen_seconds=100)
    commit.add(encode(IMPRESSION._replace(creative_id=n)) for n in range(200_500))
    commit.add([FIRST])
    await commit.close()
    fields = await redis.hgetall(keys.live(0))
    assert (len([field for field in fields if is_bundle(field)]), fields[b"bundled"]) == (200, b"200000")
    assert len(fields) == 200 + 500 + len(META_FIELDS)
    assert sums_of(fields) == {encode(IMPRESSION._replace(creative_id=n)): 1 + (n == 5) for n in range(200_500)}


async def test_what_is_left_is_sent_at_the_end(redis: Redis) -> None:
    commit = GroupCommit(redis, WRITER, seen_seconds=100)
    commit.add([REQUEST] * 5)
    await commit.close()
    assert list((await amounts(redis)).values()) == [5]


async def test_bits_and_last_batches_expire_and_counters_do_not(commit: GroupCommit, redis: Redis) -> None:
    await commit.submit([sighting(7)])
    expiries = {key: await redis.ttl(key) for key in await redis.keys()}
    assert expiries.pop(keys.live(0)) == -1
    assert len(expiries) == 2
    assert all(0 < expiry <= 100 for expiry in expiries.values())


class LosesReplies:
    """A client whose first replies are lost after the command was executed, as when a connection breaks."""

    def __init__(self, redis: Redis, lost: int) -> None:
        self._redis = redis
        self._lost = lost

    async def evalsha(self, *arguments: object) -> object:
        reply = await self._redis.evalsha(*arguments)
        if self._lost > 0:
            self._lost -= 1
            raise RedisConnectionError("reply lost")
        return reply

    async def eval(self, *arguments: object) -> object:
        return await self._redis.eval(*arguments)


async def test_a_batch_whose_reply_was_lost_counts_once(redis: Redis) -> None:
    commit = GroupCommit(LosesReplies(redis, lost=2), WRITER, seen_seconds=100)
    commit.add([REQUEST] * 3)
    outcome = await commit.submit([sighting(1), sighting(1), sighting(2)])
    assert outcome == [Outcome.COUNTED, Outcome.DUPLICATE, Outcome.COUNTED]
    await commit.close()
    assert sorted((await amounts(redis)).values()) == [1, 2, 3]


class Away:
    """A client without a server until `is_back`."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.is_back = asyncio.Event()

    async def evalsha(self, *arguments: object) -> object:
        if not self.is_back.is_set():
            raise RedisConnectionError("away")
        return await self._redis.evalsha(*arguments)

    async def eval(self, *arguments: object) -> object:
        return await self._redis.eval(*arguments)


async def test_events_are_refused_while_redis_is_away_and_counted_once_when_sent_again(redis: Redis) -> None:
    away = Away(redis)
    commit = GroupCommit(away, WRITER, seen_seconds=100)
    with pytest.raises(Unavailable):
        await commit.submit([sighting(7)])
    assert commit.is_away()
    with pytest.raises(Unavailable):  # the second one at once, without a wait
        commit.submit([sighting(7)]).send(None)
    away.is_back.set()
    await until(lambda: not commit.is_away())
    await commit.submit([sighting(7)])
    assert (await amounts(redis))[FIRST] == 1
    await commit.close()


async def test_a_full_queue_refuses_at_once(redis: Redis) -> None:
    away = Away(redis)
    commit = GroupCommit(away, WRITER, seen_seconds=100)
    many = [sighting(bit) for bit in range(QUEUE_LIMIT)]
    waiting = asyncio.create_task(commit.submit(many))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await commit.submit([sighting(1), sighting(2)])
    away.is_back.set()
    await waiting
    await commit.close()


class Broken:
    """A client with a fault that nobody foresaw, once."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._is_broken = True

    async def evalsha(self, *arguments: object) -> object:
        if self._is_broken:
            self._is_broken = False
            raise ZeroDivisionError
        return await self._redis.evalsha(*arguments)

    async def eval(self, *arguments: object) -> object:
        return await self._redis.eval(*arguments)


async def test_an_unforeseen_fault_costs_one_batch(redis: Redis) -> None:
    commit = GroupCommit(Broken(redis), WRITER, seen_seconds=100)
    with pytest.raises(Unavailable):
        await commit.submit([sighting(7)])
    await commit.submit([sighting(7)])
    assert await amounts(redis) == {FIRST: 1}
    await commit.close()


async def test_who_was_refused_is_not_told_again_when_redis_is_back(redis: Redis) -> None:
    away = Away(redis)
    commit = GroupCommit(away, WRITER, seen_seconds=100)
    told: list[bytes | None] = []
    commit.send([sighting(7)], told.append)
    await until(lambda: told)
    for _ in range(3):
        await pass_time(PATIENCE_SECONDS)
    away.is_back.set()
    await until(lambda: not commit.is_away())
    await commit.submit([sighting(8)])
    assert told == [None]
    await commit.close()
