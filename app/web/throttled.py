"""What somebody is told who tried too often."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.services.tries import TooManyTries
from app.web.filters import duration


def words(error: TooManyTries) -> str:
    """For beside a field, or above a form."""
    return f"Too many tries. Wait {duration(seconds(error))}, then try again."


def seconds(error: TooManyTries) -> int:
    """Whole seconds, at least one."""
    return max(int(error.retry_after.total_seconds() + 0.999), 1)


def page(template: str, error: TooManyTries, **values: object) -> ResponseReturnValue:
    """The page again, with what is wrong as its `problem`."""
    return render_template(template, problem=words(error), **values), 429, {"Retry-After": str(seconds(error))}
