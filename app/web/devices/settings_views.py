"""The battery's own settings: reserve, mode, rules, as far as the device has them."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import utc_now
from app.extensions import db
from app.services import owner_settings
from app.services.owner_settings import ChangeRefused
from app.surroundings import surroundings_of_app
from app.web.access import Access, access, current_site_or_404, owns
from app.web.devices.views import bp


@bp.get("/battery-settings")
@access(Access.VIEWER)
def battery_settings() -> ResponseReturnValue:
    """What the owner chose, and what is in force."""
    return _page()


@bp.post("/battery-settings")
@access(Access.CONTROL)
def change_battery_setting() -> ResponseReturnValue:
    """Choose one setting; the loop brings it to the battery."""
    site, field = current_site_or_404(), request.form.get("field", "")
    try:
        chosen = owner_settings.change(
            db.session(), surroundings_of_app(), site, field, request.form.get("value", ""), utc_now, current_user.id
        )
    except ChangeRefused as refused:
        db.session.rollback()
        return _page(field, str(refused)), 422
    flash(f"{chosen[:1].upper()}{chosen[1:]}. Your battery is told within seconds.")
    return redirect(url_for("devices.battery_settings"))


def _page(field: str = "", problem: str = "") -> str:
    site = current_site_or_404()
    found = owner_settings.page(db.session(), surroundings_of_app(), site, utc_now)
    return render_template("devices/battery_settings.html", site=site, page=found, field=field, problem=problem, may_change=owns(site))
