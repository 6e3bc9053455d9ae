"""The examples of an article in plain HTML and PHP, seen in a browser with ads of the real service."""

import asyncio
import re
import shutil
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import LiveServer, Stored, live_server, reader, stored, until_stored
from tests.browser.reader import Reader
from tests.deploy.examples import changed

__all__ = ["live_server", "reader", "stored", "until_stored"]

ADDRESS = "https://ads.example"

Until = Callable[[Stored], Awaitable[None]]


@pytest.mark.browser
async def test_html_article_shows_its_slots_and_is_counted(root: Path, reader: Reader, until_stored: Until) -> None:
    await reader.visit(changed(root / "deploy" / "html" / "article.html", {ADDRESS: "{ads}"}))
    await _is_shown(reader, 3)
    await until_stored(Stored(impressions=3, viewable=3, views=1))


@pytest.mark.browser
async def test_php_article_shows_its_slots_and_is_counted(
    root: Path,
    tmp_path: Path,
    program: Callable[[str], str],
    live_server: LiveServer,
    reader: Reader,
    until_stored: Until,
) -> None:
    ads = f"http://127.0.0.1:{live_server.port}"
    (tmp_path / "article.php").write_text(changed(root / "deploy" / "php" / "article.php", {ADDRESS: ads}))
    shutil.copy(root / "deploy" / "wordpress" / "adserver" / "includes" / "markup.php", tmp_path)
    code = "$_SERVER['HTTP_USER_AGENT'] = 'Mozilla/5.0'; require 'article.php';"
    process = await asyncio.create_subprocess_exec(program("php"), "-r", code, cwd=tmp_path, stdout=PIPE)
    page, _ = await process.communicate()
    await reader.visit(page.decode())
    await _is_shown(reader, 2)
    await until_stored(Stored(impressions=2, viewable=1, views=1))


async def _is_shown(reader: Reader, ads: int) -> None:
    await expect(reader.tab.locator("img[alt='Zeytin Market']:visible, iframe")).to_have_count(ads)
    await expect(reader.tab.locator("[data-article-views]")).to_have_text(re.compile("^[01]$"))
