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
from tests.waiting import PATIENCE_SECONDS

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


LONGEST = (
    "tests/end_to_end/test_readers.py",
    "tests/end_to_end/test_demo.py",
    "tests/test_quality.py",
    "tests/test_cli.py",
    "tests/process/test_service.py",
    "tests/decision/test_properties.py",
    "tests/browser/test_ask.py",
    "tests/browser/test_pages.py",
    "tests/faults/test_faults.py",
    "tests/counting/test_model.py",
)
"""Begun first, so that no worker is left alone with one of them; a file's tests share a worker and its fixtures."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, and give a browser's tests a second chance: now and then its driver loses a tab,
    or a tab its turn."""
    items.sort(key=_turn)
    for item in items:
        if item.get_closest_marker("browser") or item.path.parent.name == "browser":
            item.add_marker(pytest.mark.flaky(reruns=1))


def _turn(item: pytest.Item) -> int:
    file = item.nodeid.partition("::")[0]
    return LONGEST.index(file) if file in LONGEST else len(LONGEST)


@pytest.fixture
def ads_wait_for_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as a busy machine takes."""
    monkeypatch.setattr("adserver.delivery.views.PATIENCE_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def more_settings() -> dict[str, str]:
    """What the live server is told beside what it needs, with PORT for its own: a module may say otherwise."""
    return {}
