"""Brands with a page of their own on which they are changed, in place of the form drawn from their fields."""

from flask import current_app
from flask.sansio.app import App

from app.domain.brands import Brand

_KEY = "powersync_brand_editors"


def changed_on(app: App, brand: Brand, endpoint: str) -> None:
    """Let Devices lead to `endpoint` (it takes no arguments) when a connection of `brand` is to be changed."""
    app.extensions.setdefault(_KEY, {})[brand.role, brand.key] = endpoint


def editor_of(brand: Brand) -> str | None:
    """The endpoint of that page; None for most."""
    editors: dict[tuple[str, str], str] = current_app.extensions.get(_KEY, {})
    return editors.get((brand.role, brand.key))
