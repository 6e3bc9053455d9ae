"""`adserver forecast` as an operator runs it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from tests.forecast.conftest import IMPRESSIONS_AN_HOUR, add_campaign, add_history
from tests.test_cli import run

SOON = str((datetime.now(UTC) + timedelta(days=3)).date())
"""A day that is still to come, wherever the site is and however late at night the tests run."""
DAYS = ("--from", SOON, "--to", SOON)


@pytest.fixture
async def settings(connection: asyncpg.Connection, database: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """Of a paper whose footer is sold out."""
    now = datetime.now(UTC)
    await add_history(connection, now)
    await add_campaign(connection, "sold", now, goal=("impressions", 10**7), slots=(2,))
    secret = "0123456789abcdef0123456789abcdef"
    return {"database_url": database, "redis_url": redis_url, "secret_key": secret, "data_dir": str(tmp_path)}


def test_programs_read_json(settings: dict[str, str]) -> None:
    done = run("forecast", "--site", "haber", "--kv", "city=Van", *DAYS, "--format", "json", **settings)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["targeting"] == ["city=Van"]
    assert told["forecast"]["impressions"] == pytest.approx(24 * IMPRESSIONS_AN_HOUR, rel=0.01)
    assert told["available"]["impressions"] == pytest.approx(12 * IMPRESSIONS_AN_HOUR, rel=0.01)


def test_people_read_a_table_with_its_error(settings: dict[str, str]) -> None:
    done = run("forecast", "--slot", "haber/footer", *DAYS, **settings)
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    [left] = [line for line in lines if line.startswith("can still be sold")]
    assert left.split()[4] == "0"
    assert "Error on 3 held-out weeks: " in lines[-1]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "a site or a slot is missing"),
        (("--site", "haber", "--kv", "Van"), 2, "'Van' is not a dimension and a value, such as city=Antalya"),
        (("--site", "haber", "--size", "big"), 2, "'big' is not a size such as 728x90"),
        (("--site", "gazete"), 1, "adserver: there is no site 'gazete'"),
    ],
)
def test_faults_are_one_line(settings: dict[str, str], arguments: tuple[str, ...], code: int, message: str) -> None:
    done = run("forecast", *arguments, *DAYS, **settings)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
