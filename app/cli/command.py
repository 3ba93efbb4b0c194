"""What all commands share: exit 0 done, 1 could not, 2 wrong use; one line on standard error; one JSON value with --json.

    @group.command("show")
    @click.argument("name")
    @json_option
    def show(name: str, as_json: bool) -> None: ...
        emit({"name": name}, f"{name} is there", as_json)

A command that stands alone: `@click.command("tick", cls=OneLineCommand)` above `@with_appcontext`.
"""

import json
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import click
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.config import ConfigError
from app.installation import InstallationError
from app.models.types import SecretUnreadable
from app.transports.errors import VendorError

Function = TypeVar("Function", bound=Callable[..., Any])


def json_option(function: Function) -> Function:
    """The option --json, given to the command as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON value.")(function)


class Failure(click.ClickException):
    """The command could not do it: one line on standard error, exit 1."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        click.echo(f"Error: {_one_line(self.message)}", file=file, err=file is None)


class WrongUse(click.UsageError):
    """The command was called wrongly: one line on standard error, exit 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        path = self.ctx.command_path if self.ctx is not None else "flask"
        click.echo(f"Error: {_one_line(self.format_message())} (see {path} --help)", file=file, err=file is None)


def fail(message: str) -> NoReturn:
    """End the command with exit 1 and `message` in one line on standard error."""
    raise Failure(message)


def emit(value: Any, text: str, as_json: bool) -> None:
    """Print the result: exactly one JSON value, or text for people (nothing when it is empty)."""
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False))
    elif text:
        click.echo(text)


def read_password() -> str:
    """One line from standard input; asked for twice, unseen, on a terminal."""
    stream = sys.stdin
    if stream.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    password = stream.readline().rstrip("\r\n")
    if not password:
        fail("no password on standard input")
    return password


class OneLineCommand(click.Command):
    """A command whose mistakes and known failures are told in one line."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise _as_wrong_use(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise _as_wrong_use(error) from None
        except (VendorError, ConfigError, InstallationError, SecretUnreadable) as error:
            raise Failure(str(error)) from None
        except (OperationalError, ProgrammingError) as error:
            raise Failure(database_failure(error)) from None


class OneLineGroup(AppGroup):
    """A group of such commands; each runs inside the app's context."""

    command_class = OneLineCommand

    def command(self, *args: Any, **kwargs: Any) -> Callable[[Callable[..., Any]], click.Command]:  # type: ignore[override]
        kwargs.setdefault("cls", OneLineCommand)
        decorate: Callable[[Callable[..., Any]], click.Command] = super().command(*args, **kwargs)
        return decorate

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise _as_wrong_use(error) from None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise _as_wrong_use(error) from None


def _as_wrong_use(error: click.UsageError) -> click.UsageError:
    # "flask user" alone prints its help, as every group does.
    if isinstance(error, (WrongUse, click.exceptions.NoArgsIsHelpError)):
        return error
    return WrongUse(error.format_message(), error.ctx)


def database_failure(error: OperationalError | ProgrammingError) -> str:
    """What is wrong with the database and what to do, in one line."""
    reason = _one_line(str(error.orig))
    missing = "no such table" in reason or "does not exist" in reason
    return "the database is not set up: run flask db upgrade" if missing else f"the database does not answer: {reason}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
