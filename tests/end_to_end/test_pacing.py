"""Booked campaigns on a running service: what is counted steers who is chosen."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter as Tally
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import psutil
import pytest
from redis.asyncio import Redis

from adserver.counting import keys
from adserver.counting.counter import Counter
from adserver.counting.events import Metric
from adserver.counting.ledger import store_batch
from adserver.inventory.apply import apply_text
from adserver.planner.blob import decode
from tests.delivery.conftest import BROWSER
from tests.faults.http import Browser
from tests.process.running import running
from tests.waiting import until

PLANNER, WORKER = "adserver.planner.process", "adserver.process.worker"
GOAL = 3000
AN_HOUR = 60
READ_BEHIND = 30.0
"""Seconds until a count has become a weight in every worker: planner and workers wait 2 s each; the machine is busy."""
ROUNDS_WITHOUT = 30
"""Three seconds: a connection meets one worker, and the other reads the weights up to two seconds later."""

INVENTORY = """
sites:
  - key: haber
    name: Haber
    domains: [localhost]
    slots:
      - {name: top, label: REKLAM, sizes: [728x90]}
advertisers:
  - key: zeytin
    name: Zeytin
    campaigns:
      - key: small
        name: Small
        tier: guaranteed
        goal: {impressions: 3000}
        starts: START
        ends: END
        slots: [haber/top]
        creatives: [{key: a, kind: image, size: 728x90, src: "https://cdn.example/s.png", alt: Reklam, click_url: "https://s.example"}]
      - key: large
        name: Large
        tier: guaranteed
        goal: {impressions: 2500}
        starts: START
        ends: END
        slots: [haber/top]
        creatives: [{key: a, kind: image, size: 728x90, src: "https://cdn.example/l.png", alt: Reklam, click_url: "https://l.example"}]
      - key: own
        name: Own
        tier: house
        slots: [haber/top]
        creatives: [{key: a, kind: image, size: 728x90, src: "https://cdn.example/h.png", alt: Reklam, click_url: "https://h.example"}]
"""
ADD_DELIVERED = """
insert into hourly (hour, slot_id, creative_id, impressions)
select date_trunc('hour', now(), 'UTC') - interval '1 hour', 1, creative.id, $1
from creative join campaign on campaign.id = campaign_id where campaign.key = 'small'
"""
DELIVERED = """
select coalesce(sum(impressions), 0)::int from hourly join creative on creative.id = creative_id
join campaign on campaign.id = campaign_id where campaign.key = $1
"""


@dataclass(slots=True)
class Service:
    """A running service with its servers; `shown` counts the campaigns of all answers."""

    pid: int
    port: int
    connection: asyncpg.Connection
    redis: Redis
    shown: Tally[str]

    def processes(self, module: str) -> list[psutil.Process]:
        children = psutil.Process(self.pid).children()
        return [child for child in children if module in child.cmdline()]

    async def read(self, readers: int) -> Tally[str]:
        """Let so many readers ask for the slot and report what they saw; return the campaigns that they saw."""
        seen: Tally[str] = Tally()
        browser = Browser(self.port)
        for _ in range(readers):
            answer = await browser.ask("GET", "/v1/ads?site=haber&slots=top", BROWSER)
            assert answer is not None
            assert answer.status == 200, answer.body
            if creative := json.loads(answer.body)["slots"]["top"]:
                seen[creative["campaign"]] += 1
                event = f"impression {creative['token']}".encode()
                reported = await browser.ask("POST", "/v1/events", BROWSER, event)
                assert reported is not None
                assert reported.status == 204
        browser.close()
        self.shown += seen
        return seen

    async def delivered(self, campaign: str) -> int:
        return int(await self.connection.fetchval(DELIVERED, campaign))

    async def version(self) -> int:
        blob = await self.redis.get(keys.paces())
        return decode(blob).paces.version if blob else 0  # type: ignore[arg-type]


def _history(now: datetime) -> Iterator[tuple[Counter, int]]:
    """Three weeks in which the slot was asked for and shown as often in every hour."""
    for hour in range(int(now.timestamp()) // 3600 - 21 * 24, int(now.timestamp()) // 3600):
        for metric in (Metric.REQUEST, Metric.IMPRESSION):
            yield Counter(hour, 1, 0, metric), AN_HOUR


@pytest.fixture
async def service(
    new_data_dir: Path, database: str, redis_url: str, connection: asyncpg.Connection, redis: Redis
) -> AsyncIterator[Service]:
    new_data_dir.mkdir(mode=0o711)
    today = datetime.now(UTC).date()
    text = INVENTORY.replace("START", str(today - timedelta(days=1))).replace("END", str(today + timedelta(days=2)))
    await apply_text(connection, text, new_data_dir, prune=False, dry_run=False)
    await store_batch(connection, uuid4(), dict(_history(datetime.now(UTC))))
    environment = {
        "ADSERVER_DATA_DIR": str(new_data_dir),
        "ADSERVER_DATABASE_URL": database,
        "ADSERVER_REDIS_URL": redis_url,
        "ADSERVER_SECRET_KEY": "0123456789abcdef0123456789abcdef",
        "ADSERVER_FLUSH_SECONDS": "0.5",
        "ADSERVER_VELOCITY_LIMITS": "impression 100000/60",
    }
    command = [sys.executable, "-m", "adserver", "serve", "--port", "0", "--workers", "2"]
    with running(command, environment, new_data_dir) as process:
        assert process.address, process.errors.read_text()
        port = int(process.address.rpartition(":")[2])
        yield Service(process.process.pid, port, connection, redis, Tally())
        process.stop(signal.SIGTERM)


async def test_a_campaign_stops_at_its_goal_and_the_other_goes_on(service: Service) -> None:
    """Both are behind what they should have had by now, so they get nearly all there is."""
    await until(service.version)
    async with asyncio.timeout(60):
        while not all(service.shown[campaign] > 10 for campaign in ("small", "large")):
            await service.read(10)
        while await service.delivered("small") < service.shown["small"]:
            await asyncio.sleep(0.1)
    await service.connection.execute(ADD_DELIVERED, GOAL - service.shown["small"])
    async with asyncio.timeout(READ_BEHIND):
        rounds = 0
        while rounds < ROUNDS_WITHOUT:
            rounds = 0 if (await service.read(4))["small"] else rounds + 1
            await asyncio.sleep(0.1)
    seen = await service.read(100)
    assert seen["small"] == 0
    assert seen["large"] > 0
    assert GOAL <= await service.delivered("small") <= service.shown["small"] + GOAL


async def test_a_killed_planner_is_replaced_and_meanwhile_ads_are_shown(service: Service) -> None:
    await until(service.version)
    [planner] = service.processes(PLANNER)
    planner.kill()
    last = await service.version()
    assert (await service.read(20)).total() == 20

    async def is_newer() -> bool:
        return await service.version() > last

    await until(is_newer)
    [another] = service.processes(PLANNER)
    assert another.pid != planner.pid


async def test_a_worker_that_finds_no_weights_shows_ads(service: Service) -> None:
    await until(service.version)
    [planner] = service.processes(PLANNER)
    planner.send_signal(signal.SIGSTOP)
    try:
        await service.redis.delete(keys.paces())
        before = {process.pid for process in service.processes(WORKER)}
        for pid in before:
            os.kill(pid, signal.SIGKILL)

        async def are_new() -> bool:
            browser = Browser(service.port)
            answer = await browser.ask("GET", "/ready", {})
            browser.close()
            return answer is not None and answer.status == 200

        await until(are_new)
        seen = await service.read(60)
        assert seen.total() == 60
        assert seen["small"]
        assert seen["large"]
    finally:
        planner.send_signal(signal.SIGCONT)
