"""The nginx example, run with its addresses changed to ones of this machine."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.servers import free_port

START_SECONDS = 10


@asynccontextmanager
async def running_nginx(command: str, root: Path, directory: Path, page: str, upstream: int) -> AsyncIterator[int]:
    """Run nginx before an ad server at port `upstream`, with `page` as the site's; yields its port."""
    port = free_port()
    config = configuration(root, directory, page, port, upstream)
    process = await asyncio.create_subprocess_exec(
        command, "-p", directory, "-c", config, "-e", directory / "error.log"
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            await _wait_for(port)
        yield port
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def configuration(root: Path, directory: Path, page: str, port: int, upstream_port: int) -> Path:
    """Write nginx's configuration and the site's page; return the former's path."""
    (directory / "site").mkdir()
    (directory / "site" / "index.html").write_text(page)
    example = (root / "deploy" / "nginx" / "adserver.conf").read_text()
    for written, here in {
        "127.0.0.1:8000": f"127.0.0.1:{upstream_port}",
        "listen 80": f"listen 127.0.0.1:{port}",
        "/var/cache/nginx-adserver": f"{directory}/cache",
        "/var/www/haber": f"{directory}/site",
    }.items():
        assert written in example
        example = example.replace(written, here)
    folders = "".join(f"{kind}_temp_path {directory}/{kind};\n" for kind in ("proxy", "fastcgi", "scgi", "uwsgi"))
    http = f"{folders}client_body_temp_path {directory}/body;\naccess_log off;\ntypes {{ text/html html; }}\n{example}"
    user = "user root;\n" if os.geteuid() == 0 else ""  # the folder of the test is open to its owner alone
    config = directory / "nginx.conf"
    config.write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {directory}/pid;\nevents {{}}\nhttp {{\n{http}\n}}\n"
    )
    return config


async def _wait_for(port: int) -> None:
    while True:
        with suppress(ConnectionRefusedError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.02)
