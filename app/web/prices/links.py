"""Addresses of areas that an installation may lack."""

from flask import current_app, url_for


def url_or_none(endpoint: str) -> str | None:
    """The address of an endpoint, None where no such page exists."""
    return url_for(endpoint) if endpoint in current_app.view_functions else None
