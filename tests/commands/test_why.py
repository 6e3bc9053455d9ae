"""`adserver why` on real servers: what an operator sees."""

import json
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from adserver.counting import keys
from adserver.decision import Paces
from adserver.inventory.apply import apply_text
from adserver.inventory.load import load_inventory
from adserver.inventory.model import CampaignId
from adserver.planner.blob import encode
from tests.decision.examples import NOW
from tests.inventory.files import small

C = "advertisers.0.campaigns.0"


@pytest.fixture
async def campaign_id(connection: asyncpg.Connection) -> CampaignId:
    """Of the one campaign that is booked in demo/top, in November 2026, for Antalya."""
    await apply_text(connection, small(), Path("/nowhere"), prune=False, dry_run=False)
    return (await load_inventory(connection)).campaigns[0].id


def why(database: str, redis_url: str, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ADSERVER_")},
        "ADSERVER_DATABASE_URL": database,
        "ADSERVER_REDIS_URL": redis_url,
        "ADSERVER_SECRET_KEY": "0123456789abcdef0123456789abcdef",
    }
    command = [sys.executable, "-m", "adserver", "why", "--site", "demo", "--slot", "top", *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.usefixtures("campaign_id")
def test_campaign_that_is_kept_out_is_told_with_the_reason(database: str, redis_url: str) -> None:
    done = why(database, redis_url, "--at", "2026-11-24 12:30", "--kv", "city=Konya")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "top: empty 100.0% (no-candidates)",
        "  chance  tier        campaign  why",
        "       -  guaranteed  kasim     targeting: city is one of Antalya, the request has Konya",
    ]
    assert "no weights can be read" in done.stderr


async def test_chances_follow_the_weights_in_redis(database: str, redis_url: str, campaign_id: CampaignId) -> None:
    async with Redis.from_url(redis_url) as redis:
        await redis.set(keys.paces(), encode(Paces(7, {campaign_id: 3.0}, {}), NOW))
    done = why(database, redis_url, "--at", "2026-11-24", "--kv", "city=antalya", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "slots": {
            "top": {
                "empty": 0.25,
                "why": "paced-out",
                "campaigns": [
                    {"campaign": "kasim", "tier": "guaranteed", "chance": 0.75, "sieve": None, "detail": "weight 3"}
                ],
            }
        }
    }


@pytest.mark.parametrize(
    ("options", "code", "fault"),
    [
        (("--kv", "Antalya"), 2, "expected a value such as city=Antalya, found Antalya"),
        (("--at", "noon"), 2, "expected a day (2026-11-30) or a time"),
        (("--site", "no-such-site"), 1, "there is no site no-such-site"),
    ],
)
@pytest.mark.usefixtures("campaign_id")
def test_wrong_question_is_one_clear_line(
    database: str, redis_url: str, options: tuple[str, ...], code: int, fault: str
) -> None:
    done = why(database, redis_url, *options)
    assert done.returncode == code
    assert fault in done.stderr
    assert "Traceback" not in done.stderr
