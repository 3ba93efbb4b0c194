"""The migrations make the tables of the models, on both databases, from nothing and step by step."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine, inspect

from app.models.base import Base


def test_the_migrations_make_what_the_models_say(any_engine: Engine) -> None:
    with any_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False, "target_metadata": Base.metadata})
        assert compare_metadata(context, Base.metadata) == []


def test_they_can_be_taken_back_and_made_again(app: Flask, engine: Engine) -> None:
    with app.app_context():
        downgrade(revision="base")
        assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
        upgrade()
        assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())


def test_there_is_one_head() -> None:
    texts = [path.read_text() for path in (Path(__file__).parents[1] / "migrations" / "versions").glob("*.py")]
    revisions = {line.split("'")[1] for text in texts for line in text.splitlines() if line.startswith("revision = ")}
    parents = {line.split("'")[1] for text in texts for line in text.splitlines() if line.startswith("down_revision = '")}
    assert len(revisions - parents) == 1
