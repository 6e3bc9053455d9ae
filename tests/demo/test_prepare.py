import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from adserver.console.accounts import Role, find_by_password
from adserver.demo.access import DemoAccess
from adserver.demo.articles import edition
from adserver.demo.prepare import prepare

NOW = datetime(2026, 11, 24, 17, 20, tzinfo=UTC)
BASE_URL = "http://localhost:8000"
FIGURES = "select sum(requests)::int, sum(impressions)::int, sum(clicks)::int, sum(spend_micros)::bigint from hourly"


@pytest.fixture
async def access(connection: asyncpg.Connection, creatives: Path, tmp_path: Path) -> DemoAccess:
    shutil.copytree(creatives, tmp_path / "demo")
    return await prepare(connection, tmp_path, BASE_URL, NOW)


async def test_logins_open(connection: asyncpg.Connection, access: DemoAccess) -> None:
    found = [await find_by_password(connection, login.email, login.password) for login in access.logins]
    assert [(account.role, account.advertiser) for _, account in found] == [
        (Role.ADMIN, None),
        (Role.ADVERTISER, "zeytin"),
    ]


async def test_article_to_open_is_one_in_which_the_advertiser_is_shown(access: DemoAccess) -> None:
    path = access.article.removeprefix(BASE_URL)
    [article] = [article for article in edition(NOW).articles if article.path == path]
    assert article.story.section in ("gundem", "yerel", "yasam")


async def test_passwords_are_for_the_owners_eyes(access: DemoAccess, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "demo-access.json").stat().st_mode) == 0o600


async def test_a_second_start_on_another_day_adds_no_figure_and_keeps_the_logins(
    connection: asyncpg.Connection, access: DemoAccess, tmp_path: Path
) -> None:
    before = await connection.fetchrow(FIGURES)
    again = await prepare(connection, tmp_path, BASE_URL, datetime(2026, 12, 9, 8, tzinfo=UTC))
    assert await connection.fetchrow(FIGURES) == before
    assert again.logins == access.logins


async def test_an_interrupted_past_is_finished(
    connection: asyncpg.Connection, access: DemoAccess, tmp_path: Path
) -> None:
    whole = await connection.fetchrow(FIGURES)
    await connection.execute(
        """
        delete from flushed_batch where batch_id = (
            select batch_id from flushed_batch order by flushed_at desc limit 1);
        delete from hourly where hour >= '2026-11-23 21:00Z';
        delete from daily where day >= '2026-11-24';
        delete from invalid_hourly where hour >= '2026-11-23 21:00Z';
        delete from article_hourly where hour >= '2026-11-23 21:00Z';
        delete from article_daily where day >= '2026-11-24';
        """
    )
    await prepare(connection, tmp_path, BASE_URL, NOW)
    assert await connection.fetchrow(FIGURES) == whole


async def test_a_forgotten_ledger_does_not_bring_the_past_twice(
    connection: asyncpg.Connection, access: DemoAccess, tmp_path: Path
) -> None:
    before = await connection.fetchrow(FIGURES)
    await connection.execute("delete from flushed_batch")
    await prepare(connection, tmp_path, BASE_URL, NOW)
    assert await connection.fetchrow(FIGURES) == before


async def test_lost_passwords_are_made_anew(connection: asyncpg.Connection, access: DemoAccess, tmp_path: Path) -> None:
    (tmp_path / "demo-access.json").unlink()
    again = await prepare(connection, tmp_path, BASE_URL, NOW)
    assert again.logins != access.logins
    assert all([await find_by_password(connection, login.email, login.password) for login in again.logins])


async def test_articles_of_the_past_had_readers(connection: asyncpg.Connection, access: DemoAccess) -> None:
    rows = await connection.fetch("""
        with viewed as (
            select site_id, article, (hour at time zone 'Europe/Istanbul')::date as day, sum(views) as views
            from article_hourly group by 1, 2, 3)
        select views, readers from viewed full join article_daily using (site_id, article, day)""")
    assert len(rows) > 100
    assert [row for row in rows if not 0 < row["readers"] <= row["views"]] == []
