"""Pages of settings that an area of its own brings along; Settings leads to them."""

from flask import current_app
from flask.sansio.app import App

_KEY = "powersync_settings_pages"


def offer(app: App, title: str, endpoint: str) -> None:
    """Let Settings lead owners to `endpoint` (it takes no arguments)."""
    app.extensions.setdefault(_KEY, {})[endpoint] = title


def offered() -> list[tuple[str, str]]:
    """(title, endpoint) of each, by title."""
    pages: dict[str, str] = current_app.extensions.get(_KEY, {})
    return sorted((title, endpoint) for endpoint, title in pages.items())
