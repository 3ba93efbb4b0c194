"""The base of every form: WTForms with the CSRF token."""

from flask_wtf import FlaskForm


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A form of a page. A view that finds it not valid answers 422 with the page."""
