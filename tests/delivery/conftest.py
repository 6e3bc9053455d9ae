"""The hot addresses over real servers, with a small inventory, spoken to in HTTP without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx2
import pytest
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from starlette.responses import PlainTextResponse

from adserver.app import open_context
from adserver.counting.flush import flush_all
from adserver.delivery.context import Context
from adserver.delivery.hot import HotAddresses
from adserver.inventory.apply import apply_file
from adserver.metrics import WebMetrics
from adserver.settings import Settings, read_settings
from tests.waiting import until

BROWSER = {
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
}
PHONE = {
    "user-agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Mobile Safari/537.36"
}

INVENTORY = """
sites:
  - key: haber
    name: Haber
    domains: [haber.example, localhost]
    ads_txt: "ads.example, 1, DIRECT"
    slots:
      - {name: top, label: REKLAM ALANI, sizes: [970x250, 728x90, 320x100]}
      - {name: in-article, label: ARA REKLAM ALANI, sizes: [300x250]}
      - {name: footer, label: REKLAM ALANI, sizes: [728x90]}
advertisers:
  - key: zeytin
    name: Zeytin
    campaigns:
      - key: zeytin-top
        name: Top
        tier: standard
        price: {model: cpm, amount: "45.00", currency: TRY}
        slots: [haber/top]
        creatives:
          - {key: wide, kind: image, size: 728x90, src: "https://cdn.example/w.png", alt: Zeytin, click_url: "https://zeytin.example/?a=1&b=2"}
          - {key: narrow, kind: image, size: 320x100, src: "https://cdn.example/n.png", alt: Zeytin, click_url: "https://zeytin.example/n"}
      - key: zeytin-html
        name: Html
        tier: standard
        slots: [haber/in-article]
        targeting: {city: [Kahramanmaraş]}
        creatives:
          - {key: html, kind: html, size: 300x250, html: "<a href='{clickurl}'>{campaignid} </a>", click_url: "https://zeytin.example/h"}
"""


@dataclass(frozen=True, slots=True)
class Service:
    """The app's client, its context, and the way to the stored figures."""

    client: httpx2.AsyncClient
    context: Context
    connection: asyncpg.Connection
    redis: Redis

    async def ads(self, slots: str = "top", headers: dict[str, str] = BROWSER, **parameters: str) -> dict:
        response = await self.client.get(
            "/v1/ads", params={"site": "haber", "slots": slots, **parameters}, headers=headers
        )
        assert response.status_code == 200, response.text
        return response.json()

    async def token(self) -> str:
        return (await self.ads())["slots"]["top"]["token"]

    async def send(self, *lines: str, headers: dict[str, str] = BROWSER) -> int:
        return (await self.client.post("/v1/events", content="\n".join(lines), headers=headers)).status_code

    async def figures(self) -> dict[str, int]:
        """Flush and return the sums over all slots, zeros left out."""
        await self.context.commit.close()
        while await flush_all(self.redis, self.connection):
            pass
        row = await self.connection.fetchrow(
            "select sum(requests)::int as requests, sum(unfilled)::int as unfilled, "
            "sum(impressions)::int as impressions, sum(viewable)::int as viewable, "
            "sum(clicks)::int as clicks, sum(spend_micros)::int as spend_micros from hourly"
        )
        return {name: value for name, value in row.items() if value}

    async def refused(self) -> dict[tuple[str, str], int]:
        """Return refused events by kind and reason; call after `figures`."""
        rows = await self.connection.fetch(
            "select kind, reason, sum(events)::int as n from invalid_hourly group by 1, 2"
        )
        return {(row["kind"], row["reason"]): row["n"] for row in rows}


def settings_for(database: str, redis_url: str, **more: str) -> Settings:
    return read_settings(
        {
            "ADSERVER_DATABASE_URL": database,
            "ADSERVER_REDIS_URL": redis_url,
            "ADSERVER_SECRET_KEY": "k" * 32,
            **{f"ADSERVER_{name.upper()}": value for name, value in more.items()},
        }
    )


async def behind(scope, receive, send) -> None:
    await PlainTextResponse("behind")(scope, receive, send)


@pytest.fixture
def settings(database: str, redis_url: str, tmp_path: Path) -> Settings:
    """A test module may override this with other settings."""
    return settings_for(database, redis_url, bot_header="x-bot", data_dir=str(tmp_path))


@pytest.fixture
async def service(
    settings: Settings, connection: asyncpg.Connection, redis: Redis, tmp_path: Path
) -> AsyncIterator[Service]:
    async with running(settings, connection, redis, tmp_path) as service:
        yield service


@asynccontextmanager
async def running(
    settings: Settings, connection: asyncpg.Connection, redis: Redis, folder: Path
) -> AsyncIterator[Service]:
    """Apply the inventory and answer requests once it is in use."""
    path = folder / "inventory.yaml"
    path.write_text(INVENTORY)
    await apply_file(connection, path, prune=False, dry_run=False)
    async with open_context(settings, WebMetrics(CollectorRegistry())) as context:
        hot = HotAddresses(behind)
        hot.context = context
        await until(lambda: context.snapshot is not None)
        transport = httpx2.ASGITransport(hot)
        async with httpx2.AsyncClient(transport=transport, base_url="http://ads.example") as client:
            yield Service(client, context, connection, redis)
