"""The Plan page, the part of it that renews itself, its CSV, and what can be pressed on it."""

from functools import partial

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.domain.settings.optimizer import CONTROL
from app.extensions import db
from app.services import plan_page_buttons as buttons
from app.services.overview.stored import stored
from app.services.plan_page import plan_page
from app.services.plan_page_export import plan_csv
from app.web.access import Access, access, current_site_or_404, owns
from app.web.plan import drawing, words
from app.web.security import revalidated

bp = Blueprint("plan", __name__)


@bp.get("/plan")
@access(Access.VIEWER)
def show() -> ResponseReturnValue:
    return render_template("plan/show.html", **_view())


@bp.get("/plan/part")
@access(Access.VIEWER)
def part() -> ResponseReturnValue:
    """The whole content, for a page that stays open."""
    return revalidated(make_response(render_template("plan/_part.html", **_view())))


@bp.get("/plan.csv")
@access(Access.VIEWER)
def csv() -> ResponseReturnValue:
    """The steps from now on; not found without a plan."""
    page = plan_page(db.session(), stored(db.session(), current_site_or_404(), utc_now()))
    if page.plan is None:
        abort(404)
    name = f"plan-{page.plan.made_at.astimezone(page.zone):%Y-%m-%d-%H%M}.csv"
    text = plan_csv(page.plan, page.now, page.zone)
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@bp.post("/plan/mode")
@access(Access.CONTROL)
def switch_mode() -> ResponseReturnValue:
    """Only show the plan, or carry it out."""
    mode = request.form.get("mode", "")
    if mode not in buttons.MODES:
        abort(422)
    found = stored(db.session(), current_site_or_404(), utc_now())
    buttons.switch_mode(db.session(), found, mode)
    if mode != CONTROL:
        flash("The plan is only shown from now on. Your battery goes back to what it did without it within a minute.")
    elif found.is_control_on:
        flash("The plan is carried out: your battery follows it within a minute.")
    else:
        flash("The plan will be carried out once control is on. Until then PowerSync only watches.", "warn")
    return redirect(url_for("plan.show"))


@bp.post("/plan/refresh")
@access(Access.OWNER)
def refresh() -> ResponseReturnValue:
    """Let the scheduler make a new plan at once."""
    buttons.plan_now(db.session(), current_site_or_404().id)
    flash("A new plan is made within seconds.")
    return redirect(url_for("plan.show"))


def _view() -> dict[str, object]:
    site = current_site_or_404()
    page = plan_page(db.session(), stored(db.session(), site, utc_now()))
    return {
        "page": page,
        "site": site,
        "words": words.words_for(page),
        "drawing": drawing.draw(page),
        "so_far_row": partial(words.so_far_row, page=page),
        "is_owner": owns(site),
    }
