"""Local PostgreSQL and Valkey under the data directory, started and stopped with the service."""

from adserver.embedded.errors import EmbeddedError
from adserver.embedded.postgres import EmbeddedPostgres
from adserver.embedded.valkey import EmbeddedValkey

__all__ = ["EmbeddedError", "EmbeddedPostgres", "EmbeddedValkey"]
