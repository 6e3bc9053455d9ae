import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings

from adserver.inventory.apply import apply_text
from adserver.inventory.export import export_yaml
from tests.inventory.files import picture, small
from tests.inventory.inventories import SIZES, inventories


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("pictures")
    for size in SIZES:
        width, height = map(int, size.split("x"))
        for color in ("olive", "navy"):
            (directory / f"{color}-{size}.png").write_bytes(picture(width, height, color=color))
    return directory


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(tree=inventories())
async def test_applying_an_export_changes_nothing(
    connection: asyncpg.Connection, pictures: Path, tree: dict[str, Any]
) -> None:
    text = json.dumps(tree)
    await apply_text(connection, text, pictures, prune=True, dry_run=False)
    assert str(await apply_text(connection, text, pictures, prune=True, dry_run=True)) == "Plan: nothing changes."
    exported = await export_yaml(connection)
    for prune in (False, True):
        plan = await apply_text(connection, exported, Path("/nowhere"), prune=prune, dry_run=False)
        assert str(plan) == "Plan: nothing changes."
    assert await export_yaml(connection) == exported


async def test_export_into_an_empty_database_exports_the_same(connection: asyncpg.Connection, pictures: Path) -> None:
    await apply_text(connection, small(), pictures, prune=False, dry_run=False)
    exported = await export_yaml(connection)
    await connection.execute("truncate site, advertiser cascade")
    await apply_text(connection, exported, pictures, prune=False, dry_run=False)
    assert await export_yaml(connection) == exported


async def test_export_reads_as_people_write_it(connection: asyncpg.Connection, pictures: Path) -> None:
    await apply_text(connection, small(), pictures, prune=False, dry_run=False)
    assert (
        await export_yaml(connection)
        == """\
sites:
  - key: demo
    name: Demo Haber
    domains: [demo.example]
    timezone: Europe/Istanbul
    language: tr
    slots:
      - {name: top, label: REKLAM ALANI, sizes: [728x90, 320x100]}
      - {name: side, label: REKLAM ALANI, sizes: [300x250]}
  - key: london
    name: London Daily
    domains: [london.example]
    timezone: Europe/London
    language: en
    slots:
      - {name: top, label: ADVERTISEMENT, sizes: [728x90]}
advertisers:
  - key: zeytin
    name: Zeytin Market
    campaigns:
      - key: kasim
        name: Kasım kampanyası
        starts: 2026-11-01
        ends: 2026-11-30
        tier: guaranteed
        goal: {impressions: 200000}
        price: {model: cpm, amount: '45.00', currency: TRY}
        caps: [{impressions: 3, per: 24h}]
        exclusion: [market]
        slots: [demo/top]
        targeting:
          city: [Antalya]
        creatives:
          - key: link
            kind: html
            size: 728x90
            html: <a href='{clickurl}'>Zeytin</a>
            click_url: https://zeytin.example/
          - key: picture
            kind: image
            size: 728x90
            src: https://zeytin.example/728.png
            click_url: https://zeytin.example/
"""
    )


async def test_nothing_archived_is_exported(connection: asyncpg.Connection, pictures: Path) -> None:
    await apply_text(connection, small(), pictures, prune=False, dry_run=False)
    await connection.execute("update site set archived_at = now() where key = 'demo'")
    exported = await export_yaml(connection)
    assert "Demo Haber" not in exported
    assert "slots: []" in exported
    await apply_text(connection, exported, pictures, prune=False, dry_run=True)


async def test_empty_inventory_is_exported_as_such(connection: asyncpg.Connection) -> None:
    assert await export_yaml(connection) == "sites: []\nadvertisers: []\n"
