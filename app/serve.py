"""Serving with gunicorn, with the settings of gunicorn.conf.py, without a second interpreter."""

import gc
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication

from app.config import Config

log = structlog.get_logger(__name__)

CONF = Path(__file__).parents[1] / "gunicorn.conf.py"


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, app: Flask, config: Config) -> None:
        self._app, self._config = app, config
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {}
        exec(compile(CONF.read_text(), str(CONF), "exec"), {"__file__": str(CONF)}, settings)  # noqa: S102 - our own file
        for name, value in settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)
        self.cfg.set("bind", f"0.0.0.0:{self._config.port}")

    def load(self) -> Flask:
        return self._app


def serve(app: Flask, config: Config) -> int:
    """Until asked to stop."""
    log.info("web started", port=config.port)
    gc.freeze()  # the worker is forked from here and shares what is loaded
    _Server(app, config).run()
    return 0
