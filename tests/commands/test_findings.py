"""How `adserver check` judges servers."""

from datetime import UTC, datetime, timedelta

import pytest

from adserver.commands.findings import clock, postgres_version, redis_settings, redis_version, weights

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (180006, "ok     Postgres: version 18.6"),
        (150000, "ok     Postgres: version 15.0"),
        (140012, "fault  Postgres: version 14.12, at least 15 is needed"),
    ],
)
def test_postgres_version(number, line):
    assert str(postgres_version(number)) == line


@pytest.mark.parametrize(
    ("info", "line"),
    [
        ({"redis_version": "6.2.0"}, "ok     Redis: Redis version 6.2.0"),
        ({"redis_version": "6.0.16"}, "fault  Redis: Redis version 6.0.16, at least 6.2 is needed"),
        ({"redis_version": "7.2.4", "valkey_version": "9.1.2"}, "ok     Redis: Valkey version 9.1.2"),
        ({"redis_version": "7.2.4", "valkey_version": "7.1.0"}, "fault  Redis: Valkey version 7.1.0, at least 7.2 is"),
    ],
)
def test_redis_version(info, line):
    assert str(redis_version(info)).startswith(line)


def test_redis_that_keeps_every_write_is_ok():
    found = redis_settings({"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"})
    assert [finding.is_ok for finding in found] == [True, True, True]


def test_redis_that_may_lose_writes_is_named_with_what_must_change():
    found = redis_settings({"appendonly": "yes", "appendfsync": "everysec"})
    assert [str(finding) for finding in found] == [
        "ok     Redis: appendonly yes",
        "fault  Redis: appendfsync everysec, must be always, or counted events can be lost",
        "fault  Redis: maxmemory-policy cannot be read; it must be noeviction",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(0, "ok     Redis: clock agrees with ours", id="the same"),
        pytest.param(2, "ok     Redis: clock agrees with ours", id="just ahead"),
        pytest.param(-2, "ok     Redis: clock agrees with ours", id="just behind"),
        pytest.param(65, "fault  Redis: clock is 64 s off ours: let both follow NTP", id="ahead"),
        pytest.param(-65, "fault  Redis: clock is 65 s off ours: let both follow NTP", id="behind"),
    ],
)
def test_clock_is_compared_with_the_moments_around_the_answer(seconds, text):
    finding = clock("Redis", NOON + timedelta(seconds=seconds), NOON, NOON + timedelta(seconds=1))
    assert str(finding) == text


@pytest.mark.parametrize(
    ("age", "line"),
    [
        (None, "ok     planner: no weights yet: a service that runs publishes them"),
        (timedelta(seconds=2), "ok     planner: weights are 2 s old"),
        (timedelta(seconds=-1), "ok     planner: weights are 0 s old"),
        (timedelta(seconds=90), "fault  planner: weights are 90 s old: the planner does not run, or has no Postgres"),
    ],
)
def test_weights(age, line):
    assert str(weights(age)) == line
