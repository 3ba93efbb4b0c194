"""The tables of the documentation name what the program has."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import click

import app.models
from app.cli import COMMANDS
from app.models.base import Base

from .files import text

FROM_FLASK_MIGRATE = {"db upgrade"}


def leaves(command: click.Command, path: str) -> Iterator[str]:
    """Every command below `command` that does something, as it is typed after `flask`."""
    if not isinstance(command, click.Group):
        yield path
        return
    for name, child in command.commands.items():
        yield from leaves(child, f"{path} {name}")


def test_readme_lists_every_flask_command_and_no_other() -> None:
    listed = set(re.findall(r"^\| `flask ((?:[a-z][a-z0-9-]* ?)+)[A-Z` ]", text("README.md"), re.MULTILINE))
    present = {leaf for command in COMMANDS for leaf in leaves(command, str(command.name))}
    assert {name.strip() for name in listed} == present | FROM_FLASK_MIGRATE


def test_the_database_page_lists_every_table_and_no_other() -> None:
    for module in pkgutil.iter_modules(app.models.__path__):
        importlib.import_module(f"app.models.{module.name}")
    listed = re.findall(r"^\| `(\w+)` \| ", text("DATABASE.md").split("## Tables", 1)[1], re.MULTILINE)
    assert set(listed) == set(Base.metadata.tables)
