"""How PowerSync is started: web, scheduler, both in one container, or the demo. One line on standard error when it cannot start."""

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

import structlog
from flask import Flask
from sqlalchemy.exc import OperationalError, ProgrammingError

from app import create_app
from app.cli.command import database_failure
from app.config import Config, ConfigError
from app.installation import InstallationError, refuse_a_damaged_database
from app.logging import configure_logging

log = structlog.get_logger(__name__)

USAGE = "usage: python run.py web|scheduler|all|demo"


def main(arguments: list[str] | None = None) -> int:
    """Run what the first argument names. Exit code 0 after a clean stop, 1 when it cannot start, 2 for wrong use."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1 or arguments[0] not in ROLES:
        print(USAGE, file=sys.stderr)
        return 2
    try:
        return ROLES[arguments[0]]()
    except (ConfigError, InstallationError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except (OperationalError, ProgrammingError) as error:
        print(f"Error: {database_failure(error)}", file=sys.stderr)
        return 1


def app_or_exit() -> Flask:
    """The app for `gunicorn run:app` and the flask command."""
    is_served = "gunicorn" in Path(sys.argv[0]).name
    try:
        return create_app(process="web" if is_served else "cli")
    except (ConfigError, InstallationError) as error:
        raise SystemExit(f"Error: {error}") from None


def run_web() -> int:
    """Serve the pages."""
    config = Config.from_env(os.environ)
    refuse_a_damaged_database(config.database_url)
    return _serve(create_app(config, "web"), config)


def run_scheduler() -> int:
    """Run the jobs."""
    config = Config.from_env(os.environ)
    refuse_a_damaged_database(config.database_url)
    return _schedule(create_app(config, "scheduler"))


def run_all() -> int:
    """Bring the database up to date, then web and scheduler; when one of them ends, so does the other."""
    config = Config.from_env(os.environ)
    from app.supervise import bring_up_to_date, print_setup_token, supervise

    refuse_a_damaged_database(config.database_url)
    app = create_app(config, "all")
    bring_up_to_date(app)
    print_setup_token(app, config)
    return supervise(children_of(app, config))


def run_demo() -> int:
    """A simulated home with its vendors, and PowerSync on it, in real time."""
    from app.demo import run

    return run(children_of)


def children_of(app: Flask, config: Config) -> dict[str, Callable[[], int]]:
    """Web and scheduler as children of this process. They share the app that is made already: a second one would cost its memory again."""

    def after_the_fork(role: str) -> Flask:
        from app.extensions import db

        configure_logging(config, role)
        with app.app_context():
            db.engine.dispose(close=False)  # the connections are the parent's
        return app

    return {"web": lambda: _serve(after_the_fork("web"), config), "scheduler": lambda: _schedule(after_the_fork("scheduler"))}


def _serve(app: Flask, config: Config) -> int:
    from app.serve import serve

    return serve(app, config)


def _schedule(app: Flask) -> int:
    from app.jobs.run import run_scheduler as run

    code = run(app)
    # A thread that still waits for a vendor must not hold up the exit: what it began stands in the database, and the next start goes on.
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


ROLES: dict[str, Callable[[], int]] = {"web": run_web, "scheduler": run_scheduler, "all": run_all, "demo": run_demo}
