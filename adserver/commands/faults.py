"""What an operator is told when a command fails: lines for what can be put right, nothing for our own bugs."""

from collections.abc import Sequence
from typing import IO, Any

import click


class Fault(click.ClickException):
    """Ends a command with lines on standard error."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))

    def show(self, file: IO[Any] | None = None) -> None:
        for line in self.message.splitlines():
            click.echo(f"adserver: {line}", file=file, err=True)


class SettingsFault(Fault):
    """The settings are wrong, which is wrong usage."""

    exit_code = 2


def explain(error: Exception) -> Fault | None:
    """Return what to tell about an error that is the operator's or a server's; None for a bug of ours."""
    # Imported here: only a command that fails has to wait for them.
    import asyncpg
    from redis.exceptions import RedisError

    from adserver.console.accounts import AccessError
    from adserver.counting.flush import FlushFailed
    from adserver.embedded.errors import EmbeddedError
    from adserver.forecast.question import QuestionError
    from adserver.inventory.faults import InventoryFaults
    from adserver.process.listening import ListenError
    from adserver.process.processes import StartError
    from adserver.reporting.query import QueryError
    from adserver.schema import SchemaError
    from adserver.settings import SettingsError

    match error:
        case SettingsError():
            return SettingsFault(str(error).splitlines())
        case (
            InventoryFaults()
            | AccessError()
            | EmbeddedError()
            | ListenError()
            | StartError()
            | QueryError()
            | QuestionError()
            | SchemaError()
        ):
            return Fault(str(error).splitlines())
        case asyncpg.PostgresError() | asyncpg.InterfaceError():
            return Fault([f"Postgres: {_words(error)}"])
        case FlushFailed():
            return explain(error.failures[0])
        case RedisError():
            return Fault([f"Redis: {_words(error)}"])
        case ModuleNotFoundError() if error.name is not None and not error.name.startswith("adserver"):
            return Fault([f"{error.name} is not installed: pip install 'adserver[embedded]'"])
        case OSError():
            return Fault([_words(error)])
    return None


def _words(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
