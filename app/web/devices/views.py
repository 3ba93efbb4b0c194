"""Cards of what is linked; add, change, test and remove. Vendors are asked to test and to choose, and never commanded."""

from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.domain.brands import Brand
from app.extensions import db
from app.models.site import CONTROL_ON, Site
from app.models.types import SecretUnreadable
from app.services import connecting, connecting_steps, connecting_view, proving, sites
from app.services.connecting import Draft
from app.services.connecting_view import ConnectionView
from app.surroundings import surroundings_of_app
from app.web import zones
from app.web.access import Access, access, current_site_or_404, owns, recently_authenticated
from app.web.devices import linking, words
from app.web.devices.editors import editor_of
from app.web.model_form import ModelForm

bp = Blueprint("devices", __name__, url_prefix="/devices")
words.add_to(bp)


@bp.get("")
@access(Access.VIEWER)
def show() -> ResponseReturnValue:
    site = current_site_or_404()
    return render_template(
        "devices/show.html",
        site=site,
        connections=connecting_view.views(surroundings_of_app(), db.session(), site.id, utc_now()),
        addable=connecting_view.addable(db.session(), site.id),
        may_change=owns(site),
    )


@bp.get("/add/<role>")
@access(Access.OWNER)
def add(role: str) -> ResponseReturnValue:
    """The brands of a role; a role with only one leads straight to its form."""
    room = _room_for(current_site_or_404(), role)
    if len(room.brands) == 1:
        return redirect(url_for("devices.add_brand", role=role, key=room.brands[0].key))
    return render_template("devices/add.html", room=room)


@bp.route("/add/<role>/<key>", methods=["GET", "POST"])
@access(Access.OWNER)
@recently_authenticated
def add_brand(role: str, key: str) -> ResponseReturnValue:
    site = current_site_or_404()
    brand = next((each for each in _room_for(site, role).brands if each.key == key), None) or abort(404)
    if request.method == "GET":
        return _form_page(brand, linking.brand_form(brand))
    redrawn = linking.redrawn(brand, site)
    if redrawn is not None:
        return _form_page(brand, redrawn)
    form = linking.brand_form(brand, is_sent=True)
    draft = linking.try_key(form, brand, site=site)
    return (_form_page(brand, form), 422) if draft is None else _choose_page(draft, site)


@bp.route("/<int:connection_id>/change", methods=["GET", "POST"])
@access(Access.OWNER)
@recently_authenticated
def change(connection_id: int) -> ResponseReturnValue:
    """The same form with what is stored; an empty secret stays as it is."""
    site = current_site_or_404()
    seen = _view_or_404(site, connection_id)
    has_secrets = bool(connecting.kept_secrets(db.session(), connection_id))
    if request.method == "GET":
        editor = editor_of(seen.brand)
        if editor is not None:
            return redirect(url_for(editor))
        return _form_page(seen.brand, linking.brand_form(seen.brand, _config(connection_id), has_secrets=has_secrets), seen)
    redrawn = linking.redrawn(seen.brand, site, has_secrets=has_secrets)
    if redrawn is not None:
        return _form_page(seen.brand, redrawn, seen)
    form = linking.brand_form(seen.brand, is_sent=True, has_secrets=has_secrets)
    draft = linking.try_key(form, seen.brand, site=site, connection_id=connection_id)
    return (_form_page(seen.brand, form, seen), 422) if draft is None else _choose_page(draft, site)


@bp.post("/save")
@access(Access.OWNER)
@recently_authenticated
def save() -> ResponseReturnValue:
    """What was tested and chosen is stored; the scheduler reads it at once."""
    site = current_site_or_404()
    draft = linking.sent_draft(site)
    if draft is None:
        flash(linking.EXPIRED, "warn")
        return redirect(url_for("devices.show"))
    zone = zones.sent_zone(site.timezone, request.form.get("timezone", "")) if "timezone" in request.form else site.timezone
    if zone is None or not linking.is_choice_good(draft):
        problem = "" if linking.is_choice_good(draft) else linking.NOT_CHOSEN
        return _choose_page(draft, site, problem, "Choose one of these." if zone is None else ""), 422
    try:
        connecting.link(db.session(), site, draft, draft.chosen(request.form.get("choice", "")), utc_now(), zone)
    except (sites.StillSteered, sites.SameDeviceTwice) as error:
        db.session.rollback()
        flash(f"Nothing was changed: {error}.", "error")
        return redirect(url_for("devices.show"))
    flash(f"{draft.declaration.title} is linked. PowerSync reads it now.")
    return redirect(url_for("devices.show"))


@bp.post("/<int:connection_id>/test")
@access(Access.OWNER)
def test(connection_id: int) -> ResponseReturnValue:
    """Everything that can be tried by reading, row by row."""
    site = current_site_or_404()
    seen = _view_or_404(site, connection_id)
    if not linking.may_try():
        return render_template("devices/test.html", site=site, seen=seen, proof=None, problem=linking.TOO_OFTEN), 429
    try:
        fields = connecting.stored_fields(db.session(), connection_id)
    except SecretUnreadable:
        db.session.rollback()
        return render_template("devices/test.html", site=site, seen=seen, proof=None, problem=seen.health.problem), 409
    changed = connecting_steps.last_confirmed(db.session(), site, connection_id)
    db.session.commit()  # a rollback would make `site` be read again, in a transaction that the vendor's answer keeps open
    now = utc_now()
    proof = proving.prove(surroundings_of_app(), seen.brand, fields, ZoneInfo(site.timezone), now, changed, connection_id, site.id)
    if proof.is_good:
        connecting.set_right(db.session(), connection_id, now)
    return render_template("devices/test.html", site=site, seen=seen, proof=proof, problem=None)


@bp.route("/<int:connection_id>/remove", methods=["GET", "POST"])
@access(Access.OWNER)
@recently_authenticated
def remove(connection_id: int) -> ResponseReturnValue:
    """Asks once, and says what goes with it."""
    site = current_site_or_404()
    seen = _view_or_404(site, connection_id)
    if request.method == "GET":
        return render_template("devices/remove.html", site=site, seen=seen, problem="")
    row = next(each for each in connecting_view.connections_of(db.session(), site.id) if each.id == connection_id)
    try:
        gives_up = request.form.get("gives_up") == "yes" and site.control != CONTROL_ON
        connecting.unlink(db.session(), site, row, gives_up=gives_up)
    except sites.StillSteered as error:
        db.session.rollback()
        return render_template("devices/remove.html", site=site, seen=seen, problem=f"Not removed: {error}."), 409
    flash(f"{seen.brand.title} is removed.")
    return redirect(url_for("devices.show"))


def _room_for(site: Site, role: str) -> connecting_view.Addable:
    rooms = connecting_view.addable(db.session(), site.id)
    return next((each for each in rooms if each.role == role), None) or abort(404)


def _view_or_404(site: Site, connection_id: int) -> ConnectionView:
    rows = connecting_view.connections_of(db.session(), site.id)
    row = next((each for each in rows if each.id == connection_id), None) or abort(404)
    return connecting_view.view(surroundings_of_app(), db.session(), row, utc_now())


def _config(connection_id: int) -> dict[str, object]:
    return connecting_view.config_of(db.session(), connection_id)


def _form_page(brand: Brand, form: ModelForm, seen: ConnectionView | None = None) -> str:
    return render_template("devices/form.html", brand=brand, form=form, seen=seen)


def _choose_page(draft: Draft, site: Site, problem: str = "", zone_problem: str = "") -> str:
    name = connecting.choice_field(draft.declaration)
    stored = str(_config(draft.connection_id).get(name, "")) if name and draft.connection_id is not None else ""
    asks_zone = draft.role == "battery"
    zone = request.form.get("timezone") or (site.timezone if draft.connection_id is not None else zones.proposed_zone(draft, site))
    return render_template(
        "devices/choose.html",
        draft=draft,
        brand=draft.declaration,
        sealed=connecting.sealed(draft),
        chosen=request.form.get("choice") or draft.preselected(stored),
        problem=problem,
        zone=zone if asks_zone else "",
        zones=zones.zone_options(zone) if asks_zone else [],
        zone_problem=zone_problem,
        tested=words.tested_words(draft),
        action=url_for("devices.save"),
        again=url_for("devices.change", connection_id=draft.connection_id)
        if draft.connection_id is not None
        else url_for("devices.add_brand", role=draft.role, key=draft.brand),
    )
