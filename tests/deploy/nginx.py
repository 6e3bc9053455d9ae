"""The nginx example, run with its addresses changed to ones of this machine."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.deploy.examples import changed, listening
from tests.servers import free_port


@asynccontextmanager
async def running_nginx(command: str, root: Path, directory: Path, page: str, upstream: int) -> AsyncIterator[int]:
    """Run nginx before an ad server at port `upstream`, with `page` as the site's; yields its port."""
    port = free_port()
    config = configuration(root, directory, page, port, upstream)
    log = directory / "error.log"
    async with listening(port, log, command, "-p", directory, "-c", config, "-e", log):
        yield port


def configuration(root: Path, directory: Path, page: str, port: int, upstream_port: int) -> Path:
    """Write nginx's configuration and the site's page; return the former's path."""
    (directory / "site").mkdir()
    (directory / "site" / "index.html").write_text(page)
    changes = {
        "127.0.0.1:8000": f"127.0.0.1:{upstream_port}",
        "listen 80": f"listen 127.0.0.1:{port}",
        "server_name haber.example": "server_name haber.example localhost",
        "/var/cache/nginx-adserver": f"{directory}/cache",
        "/var/www/haber": f"{directory}/site",
    }
    example = changed(root / "deploy" / "nginx" / "adserver.conf", changes)
    folders = "".join(f"{kind}_temp_path {directory}/{kind};\n" for kind in ("proxy", "fastcgi", "scgi", "uwsgi"))
    http = f"{folders}client_body_temp_path {directory}/body;\naccess_log off;\ntypes {{ text/html html; }}\n{example}"
    user = "user root;\n" if os.geteuid() == 0 else ""  # the folder of the test is open to its owner alone
    config = directory / "nginx.conf"
    config.write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {directory}/pid;\nevents {{}}\nhttp {{\n{http}\n}}\n"
    )
    return config
