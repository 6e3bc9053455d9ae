"""`adserver user` and `adserver api-key`."""

import asyncio
import secrets
import sys

import click

from adserver.commands.setup import command_settings, connected_to_schema
from adserver.console.accounts import Role, add_account, add_api_key
from adserver.settings import Settings

_ROLES = click.Choice([role.value for role in Role])
_role = click.option("--role", type=_ROLES, required=True, help="What it may see and change.")
_advertiser = click.option("--advertiser", metavar="KEY", help="Whose figures the role advertiser sees.")


@click.group()
def user() -> None:
    """Give people access to the console and the reports."""


@click.group("api-key")
def api_key() -> None:
    """Give programs access to the API."""


@user.command("add")
@click.argument("email")
@_role
@_advertiser
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--generate", is_flag=True, help="Make a password and print it.")
def add_user(email: str, role: str, advertiser: str | None, password_stdin: bool, generate: bool) -> None:
    """Add a person by e-mail address; the password is asked for."""
    if password_stdin and generate:
        raise click.UsageError("--password-stdin and --generate exclude each other")
    settings = command_settings()
    password = _password(password_stdin, generate)
    asyncio.run(_add_user(settings, email, Role(role), advertiser, password))
    click.echo(f"added {email}" + (f", password {password}" if generate else ""))


@api_key.command("add")
@click.argument("name")
@_role
@_advertiser
def add_key(name: str, role: str, advertiser: str | None) -> None:
    """Add a key called NAME, and print it: it is shown only this once."""
    click.echo(asyncio.run(_add_key(command_settings(), name, Role(role), advertiser)))


def _password(from_stdin: bool, generate: bool) -> str:
    if generate:
        return secrets.token_urlsafe(12)
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


async def _add_user(settings: Settings, email: str, role: Role, advertiser: str | None, password: str) -> None:
    async with connected_to_schema(settings) as connection:
        await add_account(connection, email, role, advertiser, password)


async def _add_key(settings: Settings, name: str, role: Role, advertiser: str | None) -> str:
    async with connected_to_schema(settings) as connection:
        return await add_api_key(connection, name, role, advertiser)
