"""A publisher's Postgres with 300 booked campaigns and eight weeks of figures, for `tests.benchmarks.availability`."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import asyncpg

from adserver.embedded import EmbeddedPostgres
from adserver.forecast.record import add_traffic
from adserver.forecast.rollup import roll_up
from adserver.inventory.columns import targeting_json
from adserver.schema import migrate
from tests.benchmarks.papers import kinds, targeting
from tests.servers import remove

ROOT = Path(__file__).parents[2]

INVENTORY = """
insert into site (key, name, domains, timezone, language)
    values ('haber', 'Haber', '{haber.example}', 'Europe/Istanbul', 'tr');
insert into slot (site_id, name, label, sizes)
    values (1, 'top', '', '{728x90}'), (1, 'in-article', '', '{300x250}'), (1, 'footer', '', '{728x90}');
insert into advertiser (key, name) values ('zeytin', 'Zeytin');
"""
ADD_CAMPAIGN = """
insert into campaign (advertiser_id, key, name, tier, goal_kind, goal_amount, starts, ends, targeting)
values (1, $1::text, $1::text, 'guaranteed', 'impressions', $2, $3, $4, $5::text::jsonb) returning id
"""
ADD_CREATIVES = """
insert into creative (campaign_id, key, kind, size, html, click_url)
select $1, 'k-' || size, 'html', size, '<b>ad</b>', 'https://shop.example/' from unnest('{728x90,300x250}'::text[]) size
"""
# Three hundred creatives in each hour and slot, as many as there were campaigns at a time.
ADD_FIGURES = """
insert into hourly (hour, slot_id, creative_id, requests, impressions, viewable, clicks)
select hour, slot, 1 + (slot * 200 + number * 2 + extract(doy from hour)::int * 7) % 600,
    20 + (extract(hour from hour)::int * number) % 60, 18, 9, number % 2
from generate_series(date_trunc('hour', now(), 'UTC') - interval '56 days', now(), '1 hour') hour,
    generate_series(1, 3) slot, generate_series(1, 300) number
"""


async def time_commands(campaigns: int, times: int) -> None:
    """Print how long `adserver forecast` takes, its start included, with what it says."""
    async with booked(campaigns) as (url, rows):
        seconds, output = [], ""
        for _ in range(times):
            started = time.perf_counter()
            output = await asyncio.to_thread(_ask, url)
            seconds.append(time.perf_counter() - started)
        print(f"{campaigns} campaigns, {rows:,} rows of figures: {', '.join(f'{each:.2f}' for each in seconds)} s\n")
        print(output)


@asynccontextmanager
async def booked(campaigns: int) -> AsyncIterator[tuple[str, int]]:
    """Yield the DSN, and how many rows of figures there are."""
    folder = Path(tempfile.mkdtemp(prefix="adserver-benchmark-"))
    folder.chmod(0o711)
    postgres = EmbeddedPostgres(folder / "data")
    try:
        url = await postgres.start()
        connection = await asyncpg.connect(url)
        await migrate(connection)
        await _fill(connection, campaigns)
        yield url, await connection.fetchval("select count(*) from hourly")
        await connection.close()
    finally:
        await postgres.stop()
        remove(folder)


async def _fill(connection: asyncpg.Connection, campaigns: int) -> None:
    random, now = Random(1), datetime.now(UTC)
    await connection.execute(INVENTORY)
    for number in range(campaigns):
        starts = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=random.randint(-20, 40))
        ends = starts + timedelta(days=random.randint(21, 45))
        goal, wanted = random.randint(2_000, 40_000), targeting_json(targeting(random))
        campaign = await connection.fetchval(ADD_CAMPAIGN, f"campaign-{number}", goal, starts, ends, wanted)
        for slot in random.sample([1, 2, 3], random.randint(1, 3)):
            await connection.execute("insert into campaign_slot values ($1, $2)", campaign, slot)
        await connection.execute(ADD_CREATIVES, campaign)
    await connection.execute(ADD_FIGURES)
    await add_traffic(connection, now.date(), dict(kinds()))
    await roll_up(connection, now)
    await connection.execute("analyze")


def _ask(url: str) -> str:
    first = datetime.now(UTC).date() + timedelta(days=2)
    days = ("--from", str(first), "--to", str(first + timedelta(days=20)))
    settings = {
        "ADSERVER_DATABASE_URL": url,
        "ADSERVER_REDIS_URL": "redis://127.0.0.1:1",  # a forecast needs none
        "ADSERVER_SECRET_KEY": "the secret of the benchmarks, 40 letters",
    }
    command = [sys.executable, "-m", "adserver", "forecast", "--site", "haber", "--kv", "city=Antalya", *days]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
