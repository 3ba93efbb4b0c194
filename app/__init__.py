"""PowerSync runs a home battery by the price of electricity."""

import os
from pathlib import Path

from flask import Flask

from app.config import Config
from app.version import __version__

MIGRATIONS = Path(__file__).parents[1] / "migrations"

__all__ = ["__version__", "create_app"]


def create_app(config: Config | None = None, process: str = "cli") -> Flask:
    """The Flask app, ready to serve. Without `config` it is read from the environment. Raises ConfigError.

    `process` names this process in the log ("web", "scheduler"). A command ("cli") logs to the file alone, because its terminal is for its
    result; a log that its starter has set up stays as it is.
    """
    from app import cli, extensions, installation, web
    from app.logging import configure_logging, is_configured
    from app.models.types import keyring
    from app.services.passwords import Passwords
    from app.web import access, errors, filters, security
    from app.web.auth import browser_session
    from app.web.health import metrics

    config = config or Config.from_env(os.environ)
    if process != "cli" or not is_configured(config):
        configure_logging(config, process, terminal=process != "cli")
    keyring.use(list(config.fernet_keys))
    extensions.import_models()

    app = Flask(__name__, template_folder="web/templates", static_folder="web/static")
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.config.update(
        POWERSYNC=config,
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=extensions.create_engine_options(config.database_url),
    )
    cost = config.password_cost
    app.extensions["powersync_passwords"] = Passwords(cost.memory_kib, cost.passes, cost.lanes)

    extensions.db.init_app(app)
    extensions.migrate.init_app(app, extensions.db, directory=str(MIGRATIONS), render_as_batch=True, compare_type=True)
    metrics.init_app(app, config)
    security.init_app(app, config)
    extensions.csrf.init_app(app)
    extensions.limiter.init_app(app)
    browser_session.init_app(app)
    access.init_app(app)
    errors.init_app(app)
    filters.init_app(app)

    for blueprint in web.blueprints():
        app.register_blueprint(blueprint)
    for command in cli.COMMANDS:
        app.cli.add_command(command)
    access.classify_static(app)
    access.refuse_unclassified(app)
    installation.mark_installed(config.data_dir, config.database_url)
    return app
