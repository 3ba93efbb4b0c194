"""Who has no home yet is led to its set-up instead of a page that would have nothing to show."""

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.extensions import db
from app.services import accounts
from app.web.access import Access, access_of, my_sites
from app.web.page import NAVIGATION

_OF_A_HOME = frozenset(entry.endpoint for entry in NAVIGATION)
_LEVELS = (Access.VIEWER, Access.OWNER, Access.CONTROL)


def lead_to_setup() -> ResponseReturnValue | None:
    """Before the check of access, which knows no such page without a site."""
    endpoint = request.endpoint or ""
    if request.method != "GET" or not (endpoint in _OF_A_HOME or endpoint.startswith("setup.")):
        return None
    if access_of(current_app.view_functions[endpoint]) not in _LEVELS or (request.view_args or {}).get("site_id") is not None:
        return None
    if not current_user.is_authenticated or my_sites() or not accounts.may_add_homes(db.session(), current_user.id):
        return None
    return redirect(url_for("setup.show"))
