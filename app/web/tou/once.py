"""A price that holds once: entered, ended before its time, or taken back."""

from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.extensions import db
from app.services import price_overrides
from app.web.access import Access, access, current_site_or_404
from app.web.tou.blueprint import bp
from app.web.tou.once_form import entered, once_form
from app.web.tou.views import list_page


@bp.post("/once")
@access(Access.OWNER)
def add_once() -> ResponseReturnValue:
    """Enter one."""
    site, now = current_site_or_404(), utc_now()
    form = once_form(site, now, request.form)
    told = entered(form, ZoneInfo(site.timezone))
    if told is None:
        return list_page(site, form), 422
    prices = {"import_c": told.import_c, "feed_in_c": told.feed_in_c}
    try:
        price_overrides.add(db.session(), site, told.start, told.end, now, **prices, note=told.note)
    except price_overrides.OverrideRefused as error:
        form.problem = f"{str(error)[:1].upper()}{str(error)[1:]}."
        return list_page(site, form), 422
    flash("The price is entered. Everything reckons with it from now on.")
    return redirect(url_for("tou.show", _anchor="once"))


@bp.post("/once/<int:override_id>/end")
@access(Access.OWNER)
def end_once(override_id: int) -> ResponseReturnValue:
    """From now on the usual price holds again."""
    if not price_overrides.end_now(db.session(), current_site_or_404().id, override_id, utc_now()):
        abort(404)
    flash("It has ended. The usual price holds again.")
    return redirect(url_for("tou.show", _anchor="once"))


@bp.post("/once/<int:override_id>/remove")
@access(Access.OWNER)
def remove_once(override_id: int) -> ResponseReturnValue:
    """As if it had never been entered."""
    if not price_overrides.remove(db.session(), current_site_or_404().id, override_id):
        abort(404)
    flash("The price is removed.")
    return redirect(url_for("tou.show", _anchor="once"))
