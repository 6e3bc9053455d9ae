"""Fixtures for all tests."""

import pytest
from hypothesis import settings

from tests.browsing import chromium, chromium_path
from tests.servers import (
    connection,
    data_dir,
    database,
    empty_database,
    new_data_dir,
    postgres_data,
    redis_client,
    redis_url,
    servers,
)

__all__ = [
    "chromium",
    "chromium_path",
    "connection",
    "data_dir",
    "database",
    "empty_database",
    "new_data_dir",
    "postgres_data",
    "redis_client",
    "redis_url",
    "servers",
]

# A deadline an example would measure the machine's load.
settings.register_profile("adserver", deadline=None)
settings.load_profile("adserver")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a browser's tests a second chance: now and then its driver loses a tab, or a tab its turn."""
    for item in items:
        if item.get_closest_marker("browser") or item.path.parent.name == "browser":
            item.add_marker(pytest.mark.flaky(reruns=1))
