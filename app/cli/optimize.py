"""flask optimize: the best plan of a problem file."""

import json
import sys
from typing import Any

import click

from app.cli.command import OneLineCommand, fail, json_option
from app.optimizer.problem_file import ProblemError
from app.services import optimizing
from app.transports.pace import RealPace


@click.command("optimize", cls=OneLineCommand)
@click.argument("file", type=click.File("r", encoding="utf-8"))
@json_option
def optimize(file: Any, as_json: bool) -> None:
    """Print the best plan of a problem file (- for standard input); the plan is JSON."""
    try:
        answer = optimizing.answer(file.read(), RealPace())
    except UnicodeDecodeError:
        fail("the file is not UTF-8 text")
    except ProblemError as error:
        fail(str(error))
    click.echo(json.dumps(answer, indent=2 if sys.stdout.isatty() and not as_json else None))
