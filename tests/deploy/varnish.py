"""The Varnish example, run with its addresses changed to ones of this machine."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.deploy.examples import changed, listening
from tests.deploy.upstream import answer, upstream
from tests.servers import free_port


@asynccontextmanager
async def running_varnish(command: str, root: Path, directory: Path, page: str, adserver: int) -> AsyncIterator[int]:
    """Run Varnish before an ad server at port `adserver` and a site of one page; yields its port."""
    body = gzip.compress(page.encode())
    headers = ("Content-Type: text/html; charset=utf-8", "Content-Encoding: gzip", "Cache-Control: max-age=600")
    async with (
        upstream(lambda _: answer(body, *headers)) as site,
        varnish(command, root, directory, site.port, adserver) as port,
    ):
        yield port


@asynccontextmanager
async def varnish(command: str, root: Path, directory: Path, site: int, adserver: int) -> AsyncIterator[int]:
    """Run Varnish before what listens at these ports; yields its own. It asks often whether the ad server lives."""
    changes = {'"8080"': f'"{site}"', '"8000"': f'"{adserver}"', ".interval = 1s": ".interval = 0.1s"}
    vcl = directory / "adserver.vcl"
    vcl.write_text(changed(root / "deploy" / "varnish" / "adserver.vcl", changes))
    port = free_port()
    # No jail: Varnish's own account may not open the test's folder.
    options = ["-F", "-j", "none", "-n", directory / "varnish", "-f", vcl, "-a", f"127.0.0.1:{port}", "-T", "none"]
    sizes = ["-s", "malloc,16m", "-l", "1m", "-p", "thread_pools=1", "-p", "thread_pool_min=10"]
    async with listening(port, directory / "varnish.log", command, *options, *sizes):
        yield port
