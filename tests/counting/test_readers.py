from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from adserver.counting.readers import SECRET_SECONDS, ReaderSecrets, reader_hash, truncated

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2026, 11, 25, 0, 29, tzinfo=UTC)
WHO = (1, "66", "203.0.113.7", "Mozilla/5.0")


async def prepared(redis: Redis, *moments: datetime) -> ReaderSecrets:
    secrets = ReaderSecrets(redis)
    for moment in moments:
        await secrets.prepare(moment)
    return secrets


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0"),
        ("::ffff:203.0.113.7", "203.0.113.0"),
        ("2001:db8:1:2::3", "2001:db8:1::"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_addresses_are_truncated(address: str, network: str) -> None:
    assert truncated(address) == network


def test_parts_do_not_run_into_one_another() -> None:
    assert reader_hash(b"k", "1", "23") != reader_hash(b"k", "12", "3")


async def test_a_reader_is_the_same_for_all_workers(redis: Redis) -> None:
    workers = [await prepared(redis, NOON) for _ in range(2)]
    readers = [worker.reader(NOON, *WHO) for worker in workers]
    assert readers[0] == readers[1]
    assert readers[0].former_mark is None


async def test_neighbours_in_a_network_are_one_and_browsers_are_not(redis: Redis) -> None:
    secrets = await prepared(redis, NOON)
    reader = secrets.reader(NOON, *WHO)
    assert secrets.reader(NOON, 1, "66", "203.0.113.99", "Mozilla/5.0") == reader
    assert secrets.reader(NOON, 1, "66", "203.0.113.7", "Opera").name != reader.name
    assert secrets.reader(NOON, 2, "66", "203.0.113.7", "Mozilla/5.0").name != reader.name


async def test_midnight_does_not_make_a_new_reader(redis: Redis) -> None:
    secrets = await prepared(redis, NOON, AFTER_MIDNIGHT)
    before = secrets.reader(NOON, *WHO)
    after = secrets.reader(AFTER_MIDNIGHT, *WHO)
    assert after.former_mark == before.mark
    assert after.name != before.name


async def test_a_days_secret_is_gone_within_48_hours(redis: Redis) -> None:
    secrets = await prepared(redis, NOON)
    assert 0 < await redis.ttl("secret:20261124") <= SECRET_SECONDS < 48 * 3600
    for day in (25, 26):
        await secrets.prepare(datetime(2026, 11, day, 12, tzinfo=UTC))
    assert [day.day for day in secrets._secrets] == [25, 26]


async def test_a_reader_is_told_at_once_when_the_days_key_is_known(redis: Redis) -> None:
    secrets = ReaderSecrets(redis)
    assert not secrets.is_prepared(NOON)
    await secrets.prepare(NOON)
    assert secrets.is_prepared(NOON)
    assert not secrets.is_prepared(AFTER_MIDNIGHT)
