"""flask replay: decide again from what was known when a journal entry was written."""

import click
from flask.cli import with_appcontext

from app.cli.command import OneLineCommand, emit, fail, json_option
from app.domain.sentences import THIN
from app.services import replaying
from app.surroundings import surroundings_of_app


@click.command("replay", cls=OneLineCommand)
@click.argument("entry", type=click.IntRange(min=1))
@json_option
@with_appcontext
def replay(entry: int, as_json: bool) -> None:
    """Judge a journal entry's snapshot again; sends nothing."""
    try:
        with surroundings_of_app().reading() as session:
            replayed = replaying.replay(session, entry)
    except replaying.NotReplayable as error:
        fail(str(error))
    emit(replayed.as_json(), replayed.as_text().replace(THIN, " "), as_json)
