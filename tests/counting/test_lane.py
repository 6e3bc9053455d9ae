import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from adserver.counting.commit import GroupCommit
from adserver.counting.lane import REPLY_SECONDS, Lane
from adserver.counting.sighting import Outcome
from tests.counting.test_commit import WRITER, amounts, sighting


@pytest.fixture
async def lane(redis: Redis) -> AsyncIterator[Lane]:
    lane = Lane(redis)
    yield lane
    await lane.close()


async def own_id(lane: Lane) -> int:
    [number] = await lane.call(("CLIENT", "ID"))
    return number


async def test_calls_that_are_under_way_together_get_their_own_replies(lane: Lane) -> None:
    replies = await asyncio.gather(*(lane.call(("ECHO", number), ("ECHO", -number)) for number in range(50)))
    assert replies == [[b"%d" % number, b"%d" % -number] for number in range(50)]
    assert len({await own_id(lane) for _ in range(3)}) == 1


async def test_a_refused_command_is_an_error_among_the_replies(lane: Lane, redis: Redis) -> None:
    await redis.set("text", "a")
    refused, unknown, done = await lane.call(("INCR", "text"), ("EVALSHA", "0" * 40, 0), ("GET", "text"))
    assert isinstance(refused, ResponseError)
    assert isinstance(unknown, NoScriptError)
    assert done == b"a"


async def test_a_lost_connection_fails_the_calls_under_way_and_the_next_one_connects(lane: Lane, redis: Redis) -> None:
    number = await own_id(lane)
    waiting = [asyncio.create_task(lane.call(("BLPOP", "nothing", 0))) for _ in range(2)]
    while (await redis.info("clients"))["blocked_clients"] < 1:
        await asyncio.sleep(0.01)
    await redis.client_kill_filter(_id=number)
    for call in waiting:
        with pytest.raises(RedisConnectionError):
            await call
    assert not lane.begin([("PING",)], pytest.fail)
    assert await lane.call(("PING",)) == [b"PONG"]
    assert await own_id(lane) != number


async def test_a_reply_that_does_not_come_is_not_taken_for_the_next_ones(lane: Lane, redis: Redis) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with pytest.raises(RedisTimeoutError):
        await lane.call(("BLPOP", "late", 0))
    assert loop.time() - begun >= REPLY_SECONDS * 0.9
    await redis.rpush("late", "1", "2")
    assert await lane.call(("ECHO", "next")) == [b"next"]


async def test_one_call_connects_for_all_that_wait(lane: Lane, redis: Redis) -> None:
    before = (await redis.info("stats"))["total_connections_received"]
    await asyncio.gather(*(lane.call(("PING",)) for _ in range(20)))
    assert (await redis.info("stats"))["total_connections_received"] == before + 1


async def test_a_server_that_forgot_the_script_is_taught_it_again(redis: Redis) -> None:
    commit = GroupCommit(redis, WRITER, seen_seconds=100)
    assert await commit.submit([sighting(1)]) == [Outcome.COUNTED]
    await redis.script_flush()
    assert await commit.submit([sighting(1), sighting(2)]) == [Outcome.DUPLICATE, Outcome.COUNTED]
    await commit.close()


async def test_batches_whose_connection_is_cut_count_once(redis: Redis) -> None:
    commit = GroupCommit(redis, WRITER, seen_seconds=100)
    bits = iter(range(2000))

    async def report() -> None:
        for bit in bits:
            assert await commit.submit([sighting(bit)]) in ([Outcome.COUNTED], [Outcome.DUPLICATE])

    async def cut() -> None:
        for _ in range(10):
            await asyncio.sleep(0.02)
            await redis.client_kill_filter(skipme=True)

    await asyncio.gather(cut(), *(report() for _ in range(8)))
    await commit.close()
    assert sum(map(int, (await amounts(redis)).values())) == 2000
