"""What can be pressed on the Now page beside the battery: solar inverters, and policies that are tried out."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import utc_now
from app.domain.policies import aemo_spike
from app.extensions import db
from app.models.site import CONTROL_ON
from app.services import wishes
from app.services.wishes import WishRefused, inverter_axis, trial_axis
from app.web.access import Access, access, current_site_or_404
from app.web.filters import local_time
from app.web.now.views import bp

TRIAL_MINUTES = 5


@bp.post("/now/inverter/<int:connection_id>")
@access(Access.CONTROL)
def steer_inverter(connection_id: int) -> ResponseReturnValue:
    """One inverter makes nothing, or runs freely, until a minute; or what was asked ends."""
    site, now = current_site_or_404(), utc_now()
    kind = request.form.get("action", "")
    if kind == "restore":
        count = wishes.restore_now(db.session(), site, now, inverter_axis(connection_id))
        flash("Ended. The inverter gets its settings back within seconds." if count else "Nothing was under way.")
        return redirect(url_for("now.show"))
    if site.control != CONTROL_ON:
        flash("PowerSync only watches: switch control on first.", "warn")
        return redirect(url_for("now.show"))
    minutes = request.form.get("minutes", default=wishes.DEFAULT_MINUTES, type=int)
    try:
        wish = wishes.record_for_inverter(db.session(), site, connection_id, kind, minutes, now, user_id=current_user.id)
    except WishRefused as refused:
        flash(f"{str(refused).capitalize()}.", "warn")
        return redirect(url_for("now.show"))
    doing = "The inverter makes nothing" if kind == "curtail" else "The inverter runs freely"
    flash(f"{doing} until {local_time(wish.expires_at, site.timezone)}. It is told within seconds.")
    return redirect(url_for("now.show"))


@bp.post("/now/spike-trial")
@access(Access.CONTROL)
def try_spike() -> ResponseReturnValue:
    """Let the battery sell for five minutes as in a price spike, or end that."""
    site, now = current_site_or_404(), utc_now()
    if request.form.get("state") == "end":
        count = wishes.restore_now(db.session(), site, now, trial_axis(aemo_spike.NAME))
        flash("The trial has ended. Your battery gets its settings back within seconds." if count else "No trial was under way.")
        return redirect(url_for("now.show"))
    if site.control != CONTROL_ON:
        flash("PowerSync only watches: switch control on first.", "warn")
        return redirect(url_for("now.show"))
    wish = wishes.try_out(db.session(), site, aemo_spike.NAME, TRIAL_MINUTES, now, user_id=current_user.id)
    flash(f"As in a spike until {local_time(wish.expires_at, site.timezone)}: your battery sells within seconds, down to your floor.")
    return redirect(url_for("now.show"))
