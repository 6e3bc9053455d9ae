"""The command `adserver`: its subcommands, each imported when it is called so that `--help` is fast."""

from importlib import import_module
from typing import NamedTuple

import click

from adserver import __version__
from adserver.commands.faults import explain


class Place(NamedTuple):
    """Where a command is, and what the list of commands says about it."""

    module: str
    name: str
    summary: str


COMMANDS = {
    "demo": Place("demo", "demo", "Show a demo news site with ads, readers and reports."),
    "serve": Place("serve", "serve", "Run the service."),
    "migrate": Place("migrate", "migrate", "Bring the database schema up to date."),
    "apply": Place("inventory", "apply", "Make the inventory what a file says."),
    "export": Place("inventory", "export", "Print the inventory as a file."),
    "report": Place("report", "report", "Print figures."),
    "forecast": Place("forecast", "forecast", "Print coming impressions, and how many can still be sold."),
    "why": Place("why", "why", "Explain what a slot shows."),
    "user": Place("access", "user", "Give people access."),
    "api-key": Place("access", "api_key", "Give programs access."),
    "flush": Place("flush", "flush", "Store what was counted up to now."),
    "check": Place("check", "check", "Say what is wrong with the configuration and the servers."),
}


class Commands(click.Group):
    """Finds the commands in the table; what an operator can put right ends in a line, not in a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        place = COMMANDS[cmd_name]
        command = getattr(import_module(f"adserver.commands.{place.module}"), place.name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.summary) for name, place in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            fault = explain(error)
            if fault is None:
                raise
            raise fault from error


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="adserver %(version)s")
def main() -> None:
    """The ad server and article counter that a news publisher runs itself.

    Settings are ADSERVER_… variables of the environment.
    """
