"""Fixtures for all tests."""

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
