"""One card per policy and one for the home. A form that was shown before somebody else's change overwrites nothing unseen."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from app.clock import utc_now
from app.extensions import db
from app.models.site import Site
from app.services import connecting, policy_editing
from app.services.policy_editing import ChangedMeanwhile, Edited, Preview
from app.services.policy_forms import policy_model
from app.services.signals import ring
from app.web.access import Access, access, current_site_or_404, owns
from app.web.model_drawing import draw
from app.web.model_form import ModelForm, Node, leaves
from app.web.model_leaves import Item
from app.web.model_rows import row_in_words, with_row, without_row
from app.web.settings.more import offered
from app.web.settings.site_form import CURRENCIES, LONGEST_NAME, SiteForm, limit_of, revision_of, site_form
from app.web.zones import sent_zone

bp = Blueprint("settings", __name__, url_prefix="/settings")

EXPERT = {  # folded away: right as they are for nearly everybody
    "tariff_sync": ("mode_toggle", "forecast_max_age_h"),
    "solar_curtailment": ("inverters_run_below_soc_pct", "margin_w"),
    "optimizer": ("wear_c_per_kwh", "most_soc_pct"),
}


@dataclass(frozen=True)
class Card:
    """A policy as the page draws it."""

    edited: Edited
    form: ModelForm
    preview: Preview | None = None

    @property
    def name(self) -> str:
        return self.edited.kind.name

    @property
    def is_expert_open(self) -> bool:
        return any(item.input.errors for item in self.expert)

    @property
    def plain(self) -> list[Node]:
        return [item for item in self.form.items if item.name not in EXPERT.get(self.name, ())]

    @property
    def expert(self) -> list[Item]:
        return [item for item in self.form.items if isinstance(item, Item) and item.name in EXPERT.get(self.name, ())]

    @property
    def can_preview(self) -> bool:
        return self.name in policy_editing.SHAPING


@bp.get("")
@access(Access.VIEWER)
def show() -> ResponseReturnValue:
    return _page(current_site_or_404())


@bp.post("/policies/<policy>")
@access(Access.OWNER)
def save(policy: str) -> ResponseReturnValue:
    """Save, preview, or add and remove a row: what the pressed button says."""
    site = current_site_or_404()
    edited = _edited_or_404(site, policy)
    prefix, model = f"{policy}-", policy_model(policy)
    sent = request.form
    if "add" in sent and sent["add"] in model.model_fields:
        return _page(site, _card(edited, with_row(sent, prefix, sent["add"], model)))
    if "remove" in sent:
        name, _, number = sent["remove"].rpartition("-")
        return _page(site, _card(edited, without_row(sent, prefix, name, int(number)) if number.isdecimal() else sent))
    form = draw(model, sent=sent, prefix=prefix)
    values = form.validated()
    if values is None:
        return _page(site, Card(edited, form)), 422
    stored = values.model_dump(mode="json")
    if "preview" in sent:
        return _page(site, Card(edited, form, policy_editing.preview(db.session(), site, policy, stored, utc_now())))
    try:
        policy_editing.save(db.session(), site.id, policy, stored, _sent_revision(), utc_now())
    except ChangedMeanwhile as conflict:
        return _conflict_page(conflict.present, stored), 409
    flash(f"{edited.kind.title} is saved. PowerSync acts on it within a minute.")
    return redirect(url_for("settings.show", _anchor=policy))


@bp.post("/policies/<policy>/defaults")
@access(Access.OWNER)
def restore_defaults(policy: str) -> ResponseReturnValue:
    site = current_site_or_404()
    edited = _edited_or_404(site, policy)
    try:
        policy_editing.restore_defaults(db.session(), site.id, policy, _sent_revision(), utc_now())
    except ChangedMeanwhile as conflict:
        return _conflict_page(conflict.present, policy_model(policy)().model_dump(mode="json")), 409
    flash(f"{edited.kind.title} has its usual settings again.")
    return redirect(url_for("settings.show", _anchor=policy))


@bp.post("/home")
@access(Access.OWNER)
def save_home() -> ResponseReturnValue:
    """Name, clock, currency and limits."""
    site = current_site_or_404()
    form = site_form(site, request.form)
    values = _home_values(form, site)
    if values is None:
        return _page(site, home=form), 422
    if request.form.get("revision") != revision_of(site):
        return _page(site, home=form, home_conflict=True), 409
    for name, value in values.items():
        setattr(site, name, value)
    ring(db.session(), site.id)
    db.session.commit()
    flash("Your home is saved.")
    return redirect(url_for("settings.show", _anchor="home"))


def _home_values(form: SiteForm, site: Site) -> dict[str, Any] | None:
    name, zone = " ".join((form.name.data or "").split()), sent_zone(site.timezone, form.timezone.data or "")
    if not 0 < len(name) <= LONGEST_NAME:
        form.name.errors = [f"A name of 1 to {LONGEST_NAME} characters."]
    else:
        try:
            connecting.refuse_a_taken_name(db.session(), name, but=site.id)
        except connecting.NameTaken:
            form.name.errors = ["Another home has this name. Choose another one."]
    if zone is None:
        form.timezone.errors = ["Choose one of these."]
    if form.currency.data not in dict(CURRENCIES):
        form.currency.errors = ["Choose one of these."]
    limits = {"max_import_w": limit_of(form.max_import_kw), "max_export_w": limit_of(form.max_export_kw)}
    if any(each.errors for each in form):
        return None
    return {"name": name, "timezone": zone, "currency": form.currency.data, **limits}


def _edited_or_404(site: Site, policy: str) -> Edited:
    try:
        return policy_editing.edited(db.session(), site.id, policy)
    except KeyError:
        abort(404)


def _sent_revision() -> int:
    revision = request.form.get("revision", "")
    return int(revision) if revision.isdecimal() and len(revision) < 10 else -1


def _card(edited: Edited, sent: Any = None) -> Card:
    name = edited.kind.name
    return Card(edited, draw(policy_model(name), values=edited.values, sent=sent, prefix=f"{name}-"))


def _page(site: Site, touched: Card | None = None, home: SiteForm | None = None, home_conflict: bool = False) -> str:
    """All cards as stored, but the one that was touched as it was sent."""
    cards = [
        touched if touched is not None and touched.name == kind.name else _card(policy_editing.edited(db.session(), site.id, kind.name))
        for kind in policy_editing.available()
    ]
    return render_template(
        "settings/show.html",
        site=site,
        cards=cards,
        home=home or site_form(site),
        home_revision=revision_of(site),
        home_conflict=home_conflict,
        more=offered(),
        may_change=owns(site),
        touched=touched.name if touched is not None else "",
        sent_revision=_sent_revision() if touched is not None else None,
    )


@dataclass(frozen=True)
class Difference:
    """A field that two people set differently, in words."""

    title: str
    stored: str
    mine: str


def _conflict_page(present: Edited, mine: dict[str, Any]) -> str:
    model = policy_model(present.kind.name)
    differences = [
        Difference(info.title or name, _in_words(present.values[name], name, model), _in_words(mine[name], name, model))
        for name, info in model.model_fields.items()
        if present.values[name] != mine[name]
    ]
    again = draw(model, values=mine, prefix=f"{present.kind.name}-")
    return render_template("settings/conflict.html", present=present, differences=differences, fields=_flat(again))


def _flat(form: ModelForm) -> list[tuple[str, str]]:
    """The form's entries as hidden fields: (name, value); a box that is not ticked is not sent."""
    return [
        (item.input.name, "y" if item.kind == "check" else str(item.input.data or ""))
        for item in leaves(form.items)
        if item.kind != "check" or item.input.data
    ]


def _in_words(value: Any, name: str, model: type[BaseModel]) -> str:
    if value is None:
        return "Not set"
    if isinstance(value, bool):
        return "On" if value else "Off"
    if isinstance(value, list):
        return "; ".join(row_in_words(each, name, model) for each in value) or "None"
    extra = model.model_fields[name].json_schema_extra
    unit = f"\u202f{extra['unit']}" if isinstance(extra, dict) and "unit" in extra else ""
    return f"{value:g}{unit}" if isinstance(value, int | float) else str(value)
