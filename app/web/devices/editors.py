"""Brands with a page of their own: on which they are changed, in place of the form drawn from their fields, or signed in again."""

from flask import current_app
from flask.sansio.app import App

from app.domain.brands import Brand

_KEY = "powersync_brand_editors"
_SIGN_INS = "powersync_brand_sign_ins"


def changed_on(app: App, brand: Brand, endpoint: str) -> None:
    """Let Devices lead to `endpoint` (it takes no arguments) when a connection of `brand` is to be changed."""
    app.extensions.setdefault(_KEY, {})[brand.role, brand.key] = endpoint


def signed_in_on(app: App, brand: Brand, endpoint: str) -> None:
    """Let Devices lead to `endpoint` (it takes no arguments) when the owner must sign in at the vendor of `brand` again."""
    app.extensions.setdefault(_SIGN_INS, {})[brand.role, brand.key] = endpoint


def sign_in_page(brand: Brand) -> str | None:
    """The endpoint of that page; None for a connection with a key of its own."""
    pages: dict[tuple[str, str], str] = current_app.extensions.get(_SIGN_INS, {})
    return None if brand.has_key else pages.get((brand.role, brand.key))


def editor_of(brand: Brand) -> str | None:
    """The endpoint of that page; None for most."""
    editors: dict[tuple[str, str], str] = current_app.extensions.get(_KEY, {})
    return editors.get((brand.role, brand.key))
