"""Weights as bytes, and the worker's reading of them."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from adserver.counting import keys
from adserver.decision.pace import Paces
from adserver.decision.pool import Limits, TierPool
from adserver.planner.blob import Published, UnreadableBlob, decode, encode, version_of
from adserver.planner.watch import watch_paces
from adserver.planning.plan import make_plan
from adserver.planning.pressure import HIGHEST
from adserver.planning.pressure import weights as planned
from tests.planning.examples import START, booking, traffic
from tests.waiting import until

AT = datetime(2026, 11, 24, 9, 30, 15, 250_000, tzinfo=UTC)
PACES = Paces(1_795_000_000_123, {7: 0.0, 20_000: 1e6, 3: 0.75}, {12: 0.125})  # type: ignore[dict-item]

ids = st.integers(0, 2**32 - 1)
weights = st.dictionaries(ids, st.floats(0, HIGHEST), max_size=50)
shares = st.dictionaries(ids, st.floats(0, 1, width=32), max_size=50)


@given(st.integers(0, 2**63), weights, shares)
def test_what_is_encoded_is_read_again(version: int, campaigns: Mapping, creatives: Mapping) -> None:
    assert decode(encode(Paces(version, campaigns, creatives), AT)) == Published(
        Paces(version, campaigns, creatives), AT
    )


def test_twenty_thousand_weights_are_read_whole() -> None:
    many = Paces(1, {number: number / 4 for number in range(20_000)}, {})  # type: ignore[misc]
    blob = encode(many, AT)
    assert len(blob) == 28 + 12 * 20_000
    assert decode(blob).paces == many


def test_campaigns_that_miss_half_of_their_goals_keep_their_shares() -> None:
    """Their weights are beyond what single precision holds."""
    plan = make_plan(traffic(), [booking(1, 20_000), booking(2, 10_000), booking(3, 8_000)], START)
    read = decode(encode(Paces(1, planned(plan, {}, START), {}), AT)).paces.campaigns
    rivals = TierPool(0b111, 1.0, Limits()).rivals(0b111, list(read.values()))
    assert [upto / rivals.whole for upto in rivals.cumulative] == pytest.approx([20 / 38, 30 / 38, 1], abs=0.01)


def test_the_version_is_known_without_the_weights() -> None:
    assert version_of(encode(PACES, AT)) == PACES.version


@pytest.mark.parametrize("blob", [b"", b"pac1", b"x" * 60, encode(PACES, AT)[:-1], encode(PACES, AT) + b"x"])
def test_anything_else_is_refused(blob: bytes) -> None:
    with pytest.raises(UnreadableBlob):
        decode(blob)


async def test_a_worker_reads_each_version_once_and_keeps_the_last(
    redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    read: list[Published] = []
    failures: list[None] = []
    watching = asyncio.create_task(watch_paces(redis, read.append, lambda: failures.append(None), seconds=0.01))
    await redis.set(keys.paces(), encode(PACES, AT))
    await until(lambda: len(read) == 1)
    asked = await _asked(redis)
    await until(lambda: _has_asked(redis, asked + 3))
    await redis.set(keys.paces(), b"from another release")
    await until(lambda: len(failures) >= 3)
    await redis.delete(keys.paces())
    asked = await _asked(redis)
    await until(lambda: _has_asked(redis, asked + 3))
    later = Paces(PACES.version + 1, {}, {})
    await redis.set(keys.paces(), encode(later, AT))
    await until(lambda: len(read) == 2)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert [published.paces for published in read] == [PACES, later]
    [told] = [record for record in caplog.records if record.name == "adserver.planner.watch"]
    assert "the weights cannot be read" in told.getMessage()


async def _asked(redis: Redis) -> int:
    """How often any worker has asked."""
    return int((await redis.info("commandstats"))["cmdstat_get"]["calls"])


async def _has_asked(redis: Redis, times: int) -> bool:
    return await _asked(redis) >= times
