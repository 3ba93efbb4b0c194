"""The Now page and what can be pressed on it."""

from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import utc_now
from app.domain.wish_ends import EndsWhen
from app.extensions import db
from app.models.site import Site
from app.services import accounts, sites, wishes
from app.services.overview import Overview, Stored, overview_of, stored
from app.services.overview.questions import keep, take_back
from app.services.overview.switches import ControlQuestion, control_question, settings_changed_by, switch_tariff_sync, sync_now
from app.services.overview.takeover import action_named, extend, minutes_in_words
from app.services.wishes import WishRefused
from app.surroundings import surroundings_of_app
from app.version import __version__
from app.web.access import Access, access, current_site, current_site_or_404, owns
from app.web.filters import local_time
from app.web.now import flow_drawing, strip_drawing
from app.web.now.forms import TakeoverForm
from app.web.security import revalidated

bp = Blueprint("now", __name__)

NOT_OWNER = "Only an owner of this home can do this."


@dataclass(frozen=True, slots=True)
class Drawings:
    """The two pictures of the page."""

    flow: tuple[flow_drawing.FlowDrawing, ...]
    strip: strip_drawing.StripDrawing | None


@bp.get("/")
@access(Access.USER)
def show() -> ResponseReturnValue:
    """The page; a home without connections gets the way to link them."""
    site = current_site()
    found = stored(db.session(), site, utc_now()) if site else None
    if site is None or found is None or not found.connections:
        may_set_up = owns(site) if site else accounts.may_add_homes(db.session(), current_user.id)
        return render_template("now/empty.html", site=site, setup_url=_url_if_built("setup.show"), may_set_up=may_set_up)
    return _page(found)


@bp.get("/now/live")
@access(Access.VIEWER)
def live() -> ResponseReturnValue:
    """The regions of the page that change, for the script that puts them in place. 304 while nothing is new."""
    site = current_site_or_404()
    found = stored(db.session(), site, utc_now())
    tag = _tag(found)
    if request.if_none_match.contains(tag):
        return _revalidated(make_response("", 304), tag)
    return _revalidated(make_response(render_template("now/live.html", **_shown(overview_of(db.session(), found)))), tag)


@bp.post("/now/takeover")
@access(Access.CONTROL)
def take_over() -> ResponseReturnValue:
    """Charge, discharge, hold or run the home from the battery, until a minute."""
    site, now = current_site_or_404(), utc_now()
    form = TakeoverForm()
    found = stored(db.session(), site, now)
    if not form.validate():
        return _page(found, problem=_first_error(form)), 422
    action = action_named(form.action.data)
    if action is None:
        abort(422)
    if not found.is_control_on:
        return _page(found, problem="PowerSync only watches: switch control on first."), 409
    try:
        wish = wishes.record(
            db.session(),
            site,
            action.name,
            form.minutes.data,
            now,
            power_w=round(form.power_kw.data * 1000) if form.power_kw.data is not None else None,
            user_id=current_user.id,
            ends=EndsWhen(_number(form.until_soc_pct.data), _number(form.until_price_c.data)),
        )
    except WishRefused as refused:
        return _page(found, problem=f"{_capital(refused)}."), 422
    flash(
        f"{action.doing} for {minutes_in_words(form.minutes.data)}, until {local_time(wish.expires_at, site.timezone)}. "
        "Your battery is told within seconds."
    )
    return _back()


@bp.post("/now/extend")
@access(Access.CONTROL)
def extend_takeover() -> ResponseReturnValue:
    """15 minutes more of what is under way."""
    site = current_site_or_404()
    try:
        wish = extend(db.session(), site, utc_now(), current_user.id)
    except WishRefused as refused:
        flash(f"{_capital(refused)}.", "warn")
        return _back()
    flash(f"15 minutes more: until {local_time(wish.expires_at, site.timezone)}.")
    return _back()


@bp.post("/now/restore")
@access(Access.CONTROL)
def restore() -> ResponseReturnValue:
    """End what the owner asked for; tariff sync goes on."""
    site = current_site_or_404()
    count = wishes.restore_now(db.session(), site, utc_now())
    flash("Ended. Your battery gets its settings back within seconds." if count else "Nothing was under way.")
    return _back()


@bp.post("/now/sync")
@access(Access.OWNER)
def sync() -> ResponseReturnValue:
    """Fetch prices now, decide, and send what differs."""
    sync_now(db.session(), current_site_or_404().id, utc_now())
    flash("Prices are fetched now. What differs is sent to your battery.")
    return _back()


@bp.post("/now/tariff-sync")
@access(Access.CONTROL)
def tariff_sync() -> ResponseReturnValue:
    """Tariff sync on or off."""
    is_on = _chosen("state", ("on", "off")) == "on"
    switch_tariff_sync(db.session(), stored(db.session(), current_site_or_404(), utc_now()), is_on)
    flash("Tariff sync is on: the next tariff goes out within a minute." if is_on else "Tariff sync is off: your own tariff returns.")
    return _back()


@bp.post("/now/question")
@access(Access.CONTROL)
def answer() -> ResponseReturnValue:
    """The owner's answer to a setting that somebody changed."""
    site, policy = current_site_or_404(), request.form.get("policy", "")
    if _chosen("answer", ("take-back", "keep")) == "keep":
        is_known = keep(db.session(), site.id, policy)
        flash("The setting stays as it is. PowerSync waits until you take it back." if is_known else "This was settled already.")
    else:
        is_known = take_back(db.session(), site.id, policy)
        flash("PowerSync takes the setting back within a minute." if is_known else "This was settled already.")
    return _back()


@bp.get("/now/control")
@access(Access.OWNER)
def control() -> ResponseReturnValue:
    """What happens when control is switched on."""
    site = current_site_or_404()
    found = stored(db.session(), site, utc_now())
    return render_template("now/control.html", site=site, question=_question(found), is_on=found.is_control_on)


@bp.post("/now/control")
@access(Access.CONTROL)
def switch_control() -> ResponseReturnValue:
    """Control on, once everything that is needed is known, or off at any time."""
    site = current_site_or_404()
    is_on = _chosen("state", ("on", "off")) == "on"
    if is_on:
        found = stored(db.session(), site, utc_now())
        question = _question(found)
        if question is None or question.blocked_by:
            return render_template("now/control.html", site=site, question=question, is_on=found.is_control_on), 409
    sites.switch_control(db.session(), site, is_on)
    if is_on:
        flash("Control is on. PowerSync keeps your settings and steers your battery from now on.")
    else:
        flash("Control is off. Your battery gets its own settings back within a minute.")
    return _back()


def _page(found: Stored, problem: str = "") -> str:
    return render_template("now/show.html", problem=problem, **_shown(overview_of(db.session(), found)))


def _shown(view: Overview) -> dict[str, object]:
    flow = flow_drawing.draw(view.power)
    strip = strip_drawing.draw(view.half_hours, ZoneInfo(view.site.timezone), view.now, view.site.currency, view.plan)
    is_owner = owns(view.site)
    return {
        "view": view,
        "site": view.site,
        "now": view.now,
        "drawings": Drawings(flow, strip),
        "is_owner": is_owner,
        "blocked": view.takeover.blocked_because if is_owner else NOT_OWNER,
        "not_owner": "" if is_owner else NOT_OWNER,
        "frame": _frame(view.site, view.is_control_on, is_owner),
        "urls": {name: _url_if_built(f"{name}.show") for name in ("devices", "decisions", "tariff", "plan", "prices", "settings", "setup")},
    }


def _frame(site: Site, is_control_on: bool, is_owner: bool) -> str:
    """What the parts of the page that are not replaced rest on: when it changes, the page is loaded anew."""
    return f"{site.id}-{'on' if is_control_on else 'watch'}-{'owner' if is_owner else 'viewer'}-{__version__}"


def _tag(found: Stored) -> str:
    return f"{found.version()}-{_frame(found.site, found.is_control_on, owns(found.site))}"


def _revalidated(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    return revalidated(response)


def _question(found: Stored) -> ControlQuestion | None:
    changes = settings_changed_by(surroundings_of_app(), found.battery, utc_now) if found.battery else ()
    return control_question(found, changes)


def _chosen(field: str, allowed: tuple[str, ...]) -> str:
    value = request.form.get(field, "")
    return value if value in allowed else abort(422)


def _number(entered: Decimal | None) -> float | None:
    return None if entered is None else float(entered)


def _first_error(form: TakeoverForm) -> str:
    return next((str(errors[0]) for errors in form.errors.values() if errors), "Choose again.")


def _capital(refused: WishRefused) -> str:
    text = str(refused)
    return text[:1].upper() + text[1:]


def _back() -> ResponseReturnValue:
    return redirect(url_for("now.show"))


def _url_if_built(endpoint: str) -> str | None:
    return url_for(endpoint) if endpoint in current_app.view_functions else None
