"""The app's password hashing, at the cost of its settings."""

from flask import current_app

from app.services.passwords import Passwords


def passwords() -> Passwords:
    return current_app.extensions["powersync_passwords"]  # type: ignore[no-any-return]
