"""A real WordPress: Debian's files where they lie, with a MariaDB, a port and a temporary folder of its own."""

import asyncio
import json
import os
import re
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route

from tests.browsing import leave
from tests.servers import free_port, remove, short_directory
from tests.waiting import until

HERE = Path(__file__).parent
PLUGIN = HERE.parents[2] / "deploy" / "wordpress" / "adserver"
DEBIAN = Path("/usr/share/wordpress")
BLOCK_THEME, CLASSIC_THEME = "twentytwentythree", "twentytwentyone"
FILE = "adserver/adserver.php"
ADMINISTRATOR, PASSWORD = "yonetici", "parola"
ELSEWHERE = re.compile(r"^(https?|wss?):(?!//(localhost|127\.0\.0\.1)[:/])")

NO_GUIDES = {
    "core/edit-post": {"welcomeGuide": False},
    "core/edit-widgets": {"welcomeGuide": False},
    "_modified": "2026-01-01T00:00:00.000Z",
}
PATIENCE_MS = 20_000

OpenTab = Callable[..., Awaitable[Page]]


@dataclass(frozen=True, slots=True)
class WordPress:
    """`url` is the site's address; `log` has every notice, warning and error of PHP."""

    url: str
    folder: Path
    command: Sequence[str | Path]
    environment: dict[str, str]

    @property
    def log(self) -> Path:
        return self.folder / "php.log"

    @property
    def content(self) -> Path:
        return self.folder / "site" / "wp-content"

    def address(self, post: int) -> str:
        return f"{self.url}/?p={post}"

    def faults(self) -> list[str]:
        """What PHP has complained of since the last time, but for types that newer PHP misses in WordPress 6.1."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return [line for line in lines if "PHP Deprecated:  Return type of Requests_" not in line]

    async def publish(self, content: str, **fields: object) -> int:
        """Publish a post, or what the fields say it is; return its number."""
        post = {"post_title": "Haber", "post_content": content, "post_status": "publish", **fields}
        return int(await self.call("wp_insert_post", post))

    async def call(self, function: str, *arguments: object) -> Any:
        """Call one of WordPress's or the plugin's functions, as the administrator; return what it returns."""
        process = await asyncio.create_subprocess_exec(
            *self.command, HERE / "call.php", env=self.environment, stdin=PIPE, stdout=PIPE
        )
        told, _ = await process.communicate(json.dumps([function, arguments]).encode())
        assert process.returncode == 0, (told, self.log.read_text())
        return json.loads(told)


async def html_of(address: str, *, status: int = 200) -> str:
    async with httpx2.AsyncClient(timeout=60) as client:
        answer = await client.get(address)
    assert answer.status_code == status, (address, answer.status_code, answer.headers)
    return answer.text


@pytest.fixture(scope="session")
async def wordpress_server(program: Callable[[str], str]) -> AsyncIterator[WordPress]:
    """WordPress in English with the plugin active and not set up."""
    php, mariadbd, install = (program(name) for name in ("php", "mariadbd", "mariadb-install-db"))
    for needed in (DEBIAN, *(DEBIAN / "wp-content" / "themes" / theme for theme in (BLOCK_THEME, CLASSIC_THEME))):
        if not needed.is_dir():
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"there is no {needed}")
    folder = short_directory()
    port = free_port()
    try:
        async with _database(install, mariadbd, folder) as database:
            site = _site(folder, php, port, database)
            await site.call("wp_install", "Demo Haber", ADMINISTRATOR, "yonetici@haber.example", False, "", PASSWORD)
            await site.call("activate_plugin", FILE)
            await site.call("update_user_meta", 1, "wp_persisted_preferences", NO_GUIDES)
            async with _serving(site, port):
                yield site
    finally:
        remove(folder)


@pytest.fixture
async def wordpress(wordpress_server: WordPress) -> AsyncIterator[WordPress]:
    """The same, not set up; PHP must not have complained when the test ends."""
    await wordpress_server.call("delete_option", "adserver")
    wordpress_server.faults()
    yield wordpress_server
    faults = wordpress_server.faults()
    assert not faults, "\n".join(faults)


@pytest.fixture
async def open_tab(chromium: Browser, wordpress_server: WordPress) -> AsyncIterator[OpenTab]:
    """Open tabs, each of a browser of its own: a reader's, or one that `login` has signed in. No page of theirs asks
    for anything outside this machine, and none has an error in its scripts."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    async def refuse(route: Route) -> None:
        complaints.append(route.request.url)
        await route.abort()

    async def open_tab(login: str = "", **options: Any) -> Page:
        context = await chromium.new_context(**options)
        contexts.append(context)
        await context.route(ELSEWHERE, refuse)
        if login:
            form = {"log": login, "pwd": PASSWORD}
            await context.request.post(f"{wordpress_server.url}/wp-login.php", form=form, max_redirects=0)
        tab = await context.new_page()
        tab.set_default_timeout(PATIENCE_MS)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        return tab

    yield open_tab
    for context in contexts:
        await leave(context)
    assert not complaints, complaints


@asynccontextmanager
async def _database(install: str, mariadbd: str, folder: Path) -> AsyncIterator[Path]:
    """Run a MariaDB with an empty database; yields its socket."""
    where = ["--no-defaults", f"--datadir={folder}/mariadb", *(["--user=root"] if os.geteuid() == 0 else [])]
    made = await asyncio.create_subprocess_exec(
        install, *where, "--skip-test-db", "--auth-root-authentication-method=normal", stdout=DEVNULL, stderr=DEVNULL
    )
    assert await made.wait() == 0
    (folder / "first.sql").write_text("create database wordpress character set utf8mb4;")
    path = folder / "db.sock"
    options = ["--skip-networking", "--innodb-flush-log-at-trx-commit=0", "--sync-binlog=0", "--performance-schema=off"]
    files = [f"--socket={path}", f"--init-file={folder}/first.sql", f"--log-error={folder}/mariadb.log"]
    process = await asyncio.create_subprocess_exec(mariadbd, *where, *options, *files, stdout=DEVNULL, stderr=DEVNULL)
    async with _stopped_at_the_end(process):
        await until(lambda: _answers(lambda: asyncio.open_unix_connection(path)))
        yield path


def _site(folder: Path, php: str, port: int, database: Path) -> WordPress:
    """Lay out the site's folder: links to Debian's files; settings, plugin and what WordPress writes are its own."""
    site, content = folder / "site", folder / "site" / "wp-content"
    (content / "mu-plugins").mkdir(parents=True)
    for file in DEBIAN.iterdir():
        if file.name not in ("wp-config.php", "wp-content", ".htaccess"):
            (site / file.name).symlink_to(file)
    (content / "themes").symlink_to(DEBIAN / "wp-content" / "themes")
    shutil.copytree(PLUGIN, content / "plugins" / "adserver")
    shutil.copy(HERE / "wp-config.php", site)
    shutil.copy(HERE / "surroundings.php", content / "mu-plugins")
    (folder / "opcache").mkdir()
    (folder / "php.log").touch()
    settings = {
        "auto_prepend_file": HERE / "prepend.php",
        "error_log": folder / "php.log",
        "error_reporting": -1,
        "log_errors": 1,
        "display_errors": 0,
        "opcache.enable_cli": 1,
        "opcache.file_cache": folder / "opcache",
        "opcache.validate_permission": 0,
        "sendmail_path": "/bin/true",
        "allow_url_include": 0,
    }
    environment = {
        "PATH": os.environ["PATH"],
        "SITE_FOLDER": str(site),
        "SITE_URL": f"http://localhost:{port}",
        "DATABASE_SOCKET": str(database),
        "PHP_CLI_SERVER_WORKERS": "4",
    }
    command = [php, *(f"-d{name}={value}" for name, value in settings.items())]
    return WordPress(f"http://localhost:{port}", folder, command, environment)


@asynccontextmanager
async def _serving(site: WordPress, port: int) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *site.command,
        *("-S", f"localhost:{port}", "-t", site.folder / "site"),
        env=site.environment,
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    async with _stopped_at_the_end(process):
        await until(lambda: _answers(lambda: asyncio.open_connection("localhost", port)))
        yield


@asynccontextmanager
async def _stopped_at_the_end(process: Process) -> AsyncIterator[None]:
    try:
        yield
    finally:
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(process.pid)
            for one in [*parent.children(), parent]:  # PHP's workers outlive it
                one.terminate()
        await process.wait()


async def _answers(connect: Callable[[], Any]) -> bool:
    _, writer = await connect()
    writer.close()
    return True
