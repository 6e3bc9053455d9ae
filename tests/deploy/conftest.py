import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.wordpress import open_tab, wordpress, wordpress_server

__all__ = ["open_tab", "wordpress", "wordpress_server"]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """The path of a program that Debian brings; without it the test is skipped, and in CI failed."""

    def find(name: str) -> str:
        path = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
        if path is None:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{name} is not installed")
        return path

    return find
