"""The steps of the set-up. Each can be left and taken up again: what is linked is stored, and `show` leads to what comes next."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import utc_now
from app.domain.brands import Brand
from app.extensions import db
from app.models.site import CONTROL_ON
from app.services import connecting, connecting_steps, sites
from app.services.connecting import Draft, NameTaken
from app.services.connecting_zones import USUAL
from app.surroundings import surroundings_of_app
from app.web import zones
from app.web.access import Access, access, current_site, current_site_or_404, home_url, recently_authenticated, remember_site
from app.web.devices import linking, words
from app.web.model_form import ModelForm
from app.web.setup.lead_in import lead_to_setup

bp = Blueprint("setup", __name__, url_prefix="/setup")

LONGEST_NAME = 80
_ADDRESSES: dict[str, tuple[str, dict[str, Any]]] = {
    connecting_steps.HOME: ("setup.home", {}),
    connecting_steps.RETAILER: ("devices.add", {"role": "retailer"}),
    connecting_steps.BATTERY: ("setup.battery", {}),
    connecting_steps.WATCH: ("setup.watch", {}),
    connecting_steps.DONE: ("setup.control", {}),
}


@bp.record_once
def _lead_in(state: BlueprintSetupState) -> None:
    state.app.before_request_funcs.setdefault(None, []).insert(0, lead_to_setup)


@bp.get("")
@access(Access.USER)
def show() -> ResponseReturnValue:
    """To the step that comes next."""
    endpoint, values = _ADDRESSES[connecting_steps.step_of(db.session(), current_site())]
    return redirect(url_for(endpoint, **values))


# 1 The home and its retailer


@bp.get("/home")
@access(Access.FOUNDER)
def home() -> ResponseReturnValue:
    """Name and retailer. Nothing is stored yet: the answers travel in the address."""
    return _home_page()


@bp.route("/retailer", methods=["GET", "POST"])
@access(Access.FOUNDER)
@recently_authenticated
def retailer() -> ResponseReturnValue:
    """The retailer's key, tested at once."""
    name = " ".join(request.form.get("home_name", request.values.get("name", "")).split())  # a brand may have a field called name
    brand = connecting.brands_of("retailer").get(request.values.get("brand", ""))
    problems = _problems_of(name, brand)
    if problems or brand is None:
        return _home_page(problems, name), 422
    if request.method == "GET":
        return _retailer_page(brand, linking.brand_form(brand), name)
    redrawn = linking.redrawn(brand, None)
    if redrawn is not None:
        return _retailer_page(brand, redrawn, name)
    form = linking.brand_form(brand, is_sent=True)
    draft = linking.try_key(form, brand, home_name=name)
    if draft is None:
        return _retailer_page(brand, form, name), 422
    return _choose_page(draft, zone="" if draft.choices else zones.zone_of_fields(draft))


@bp.post("/retailer/choose")
@access(Access.FOUNDER)
@recently_authenticated
def choose_retailer_site() -> ResponseReturnValue:
    """The home is made with its retailer. It watches."""
    draft = linking.sent_draft(None)
    if draft is None or draft.role != "retailer":
        flash(linking.EXPIRED, "warn")
        return redirect(url_for("setup.home"))
    zone = zones.sent_zone(USUAL, request.form.get("timezone", USUAL))
    if not linking.is_choice_good(draft) or zone is None:
        problem = "" if linking.is_choice_good(draft) else linking.NOT_CHOSEN
        asked = "" if draft.choices else zone or zones.zone_of_fields(draft)
        return _choose_page(draft, problem=problem, zone=asked, zone_problem="" if zone else "Choose one of these."), 422
    try:
        site = connecting.begin_home(db.session(), draft, draft.chosen(request.form.get("choice", "")), utc_now(), zone)
    except NameTaken:
        return _home_page({"name": "Another home has this name. Choose another one."}, name=draft.home_name), 422
    response = make_response(redirect(url_for("setup.battery")))
    remember_site(response, site)
    return response


# 2 The battery


@bp.route("/battery", methods=["GET", "POST"])
@access(Access.OWNER)
@recently_authenticated
def battery() -> ResponseReturnValue:
    """The battery's key, tested at once."""
    brands = connecting.brands_of("battery")
    brand = brands.get(request.values.get("brand", "")) or (next(iter(brands.values())) if len(brands) == 1 else None)
    if brand is None:
        return render_template("setup/battery_brand.html", brands=list(brands.values()), step=1)
    if request.method == "GET":
        return _battery_page(brand, linking.brand_form(brand))
    redrawn = linking.redrawn(brand, current_site_or_404())
    if redrawn is not None:
        return _battery_page(brand, redrawn)
    form = linking.brand_form(brand, is_sent=True)
    draft = linking.try_key(form, brand, site=current_site_or_404())
    if draft is None:
        return _battery_page(brand, form), 422
    return _choose_page(draft, zone=zones.proposed_zone(draft, current_site_or_404()))


@bp.post("/battery/choose")
@access(Access.OWNER)
@recently_authenticated
def choose_battery() -> ResponseReturnValue:
    """The battery and the home's clock are stored; the scheduler reads the battery at once."""
    site = current_site_or_404()
    draft = linking.sent_draft(site)
    if draft is None or draft.role != "battery":
        flash(linking.EXPIRED, "warn")
        return redirect(url_for("setup.battery"))
    zone = zones.sent_zone(site.timezone, request.form.get("timezone", ""))
    if not linking.is_choice_good(draft) or zone is None:
        problem = "" if linking.is_choice_good(draft) else linking.NOT_CHOSEN
        zone_problem = "Choose one of these." if zone is None else ""
        return _choose_page(draft, problem=problem, zone=zone or site.timezone, zone_problem=zone_problem), 422
    try:
        connecting.link(db.session(), site, draft, draft.chosen(request.form.get("choice", "")), utc_now(), zone)
    except (sites.StillSteered, sites.SameDeviceTwice) as error:
        db.session.rollback()
        flash(f"Nothing was changed: {error}.", "error")
        return redirect(url_for("devices.show"))
    return redirect(url_for("setup.watch"))


# 3 Watch only


@bp.get("/watch")
@access(Access.OWNER)
def watch() -> ResponseReturnValue:
    """What is read now, and what PowerSync would do."""
    site = current_site_or_404()
    seen = connecting_steps.watched(surroundings_of_app(), db.session(), site, utc_now())
    return render_template("setup/watch.html", site=site, seen=seen, step=2)


# 4 Control


@bp.get("/control")
@access(Access.OWNER)
def control() -> ResponseReturnValue:
    """What is proven, what happens if this computer stops, and the switch."""
    site = current_site_or_404()
    proven = connecting_steps.checklist(surroundings_of_app(), db.session(), site, utc_now())
    return render_template("setup/control.html", site=site, proven=proven, step=3)


@bp.post("/control/on")
@access(Access.CONTROL)
def switch_on() -> ResponseReturnValue:
    """From now on the loop commands the battery. Refused while what must be known first is not."""
    site = current_site_or_404()
    proven = connecting_steps.checklist(surroundings_of_app(), db.session(), site, utc_now())
    if proven.refusal is not None and site.control != CONTROL_ON:
        return render_template("setup/control.html", site=site, proven=proven, step=3), 409
    sites.switch_control(db.session(), site, True)
    flash("Control is on. Your battery follows within a minute.")
    return redirect(home_url())


@bp.post("/control/off")
@access(Access.CONTROL)
def switch_off() -> ResponseReturnValue:
    """The loop gives the owner's settings back and watches from then on."""
    sites.switch_control(db.session(), current_site_or_404(), False)
    flash("Control is off. Your own settings are given back now.")
    return redirect(url_for("setup.control"))


def _problems_of(name: str, brand: Brand | None) -> dict[str, str]:
    problems = {}
    if not name:
        problems["name"] = "Give your home a name."
    elif len(name) > LONGEST_NAME:
        problems["name"] = f"At most {LONGEST_NAME} characters."
    else:
        try:
            connecting.refuse_a_taken_name(db.session(), name)
        except NameTaken:
            problems["name"] = "Another home has this name. Choose another one."
    if brand is None:
        problems["brand"] = "Choose your retailer."
    return problems


def _home_page(problems: dict[str, str] | None = None, name: str | None = None) -> str:
    brands = list(connecting.brands_of("retailer").values())
    only = brands[0].key if len(brands) == 1 else ""
    entered = request.values.get("name", "") if name is None else name
    return render_template(
        "setup/home.html",
        brands=brands,
        chosen=request.values.get("brand", only),
        name=entered if problems or entered else "" if current_site() else "Home",
        problems=problems or {},
        step=0,
        longest=LONGEST_NAME,
    )


def _retailer_page(brand: Brand, form: ModelForm, name: str) -> str:
    return render_template("setup/retailer.html", brand=brand, form=form, name=name, step=0)


def _battery_page(brand: Brand, form: ModelForm) -> str:
    others = len(connecting.brands_of("battery")) > 1
    return render_template("setup/battery.html", brand=brand, form=form, has_others=others, step=1)


def _choose_page(draft: Draft, *, problem: str = "", zone: str = "", zone_problem: str = "") -> str:
    is_retailer = draft.role == "retailer"
    return render_template(
        "setup/choose.html",
        draft=draft,
        brand=draft.declaration,
        sealed=connecting.sealed(draft),
        chosen=request.form.get("choice") or draft.preselected(),
        problem=problem,
        zone=zone,
        zones=zones.zone_options(zone) if zone else [],
        zone_problem=zone_problem,
        action=url_for("setup.choose_retailer_site" if is_retailer else "setup.choose_battery"),
        tested=words.tested_words(draft),
        again=url_for("setup.retailer", name=draft.home_name, brand=draft.brand)
        if is_retailer
        else url_for("setup.battery", brand=draft.brand),
        step=0 if is_retailer else 1,
        email=current_user.email,
    )
