"""The plans of a home: list, look, begin, take in, give out, put in use and back."""

import json
from dataclasses import dataclass
from datetime import datetime

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import utc_now
from app.extensions import db
from app.models.site import Site
from app.models.tariffs import TouPlan
from app.services import connecting, price_overrides
from app.services.tou_plans import kept, preview, use
from app.services.tou_plans.draft import Draft, read
from app.services.tou_plans.season import Values
from app.surroundings import surroundings_of_app
from app.web.access import Access, access, current_site_or_404, owns, recently_authenticated
from app.web.tou.blueprint import bp
from app.web.tou.editing import own_plan_or_404
from app.web.tou.editor import season_view
from app.web.tou.once_form import OnceForm, once_form
from app.web.tou.units import minor_unit

_FILE_NAME = "abcdefghijklmnopqrstuvwxyz0123456789-"


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A kept plan in the list. `state`: "used", "ready" or "draft"."""

    row: TouPlan
    state: str
    seasons: str
    first_problem: str


@bp.get("")
@access(Access.VIEWER)
def show() -> ResponseReturnValue:
    return list_page(current_site_or_404())


def list_page(site: Site, once: OnceForm | None = None, problems: tuple[str, ...] = ()) -> str:
    """The list, with the form of a price that holds once as it was sent."""
    present, now = use.present(db.session(), site), utc_now()
    return render_template(
        "tou/list.html",
        site=site,
        now=now,
        unit=minor_unit(site),
        cards=[_card(row, present) for row in kept.of_site(db.session(), site.id)],
        present=present,
        once=once or once_form(site, now),
        overrides=price_overrides.standing(db.session(), site.id, now),
        problems=problems,
        may_change=owns(site),
    )


def _card(row: TouPlan, present: use.Present) -> PlanCard:
    draft = read(kept.values_of(row))
    state = "used" if present.plan is not None and present.plan.id == row.id else "draft" if draft.problems else "ready"
    names = [f"{each.name}, {each.span}" if len(draft.seasons) > 1 else each.name for each in draft.seasons]
    return PlanCard(row, state, "; ".join(names), draft.problems[0].words if draft.problems else "")


@bp.get("/<int:plan_id>")
@access(Access.VIEWER)
def look(plan_id: int) -> ResponseReturnValue:
    """A plan, drawn and listed, and what it would do."""
    site = current_site_or_404()
    row = own_plan_or_404(site, plan_id)
    draft, now = read(kept.values_of(row)), utc_now()
    return render_template(
        "tou/show.html",
        site=site,
        unit=minor_unit(site),
        row=row,
        draft=draft,
        seasons=[season_view(draft, number, minor_unit(site)) for number in range(len(draft.seasons))],
        is_used=use.is_used(db.session(), site, row),
        preview=_preview(site, draft, now),
        may_change=owns(site),
    )


@bp.get("/<int:plan_id>/payload.json")
@access(Access.VIEWER)
def payload(plan_id: int) -> ResponseReturnValue:
    """What the battery would be sent, in its own form."""
    site = current_site_or_404()
    seen = _preview(site, read(kept.values_of(own_plan_or_404(site, plan_id))), utc_now())
    if seen is None or seen.payload is None:
        abort(404)
    return Response(json.dumps(seen.payload, indent=2), mimetype="application/json")


def _preview(site: Site, draft: Draft, now: datetime) -> preview.Preview | None:
    if draft.fields is None:
        return None
    return preview.preview(surroundings_of_app(), db.session(), site, draft.fields, now)


# New plans


@bp.post("/new")
@access(Access.OWNER)
def new() -> ResponseReturnValue:
    """A new plan: from scratch, from the prices of now, or as a copy of another one."""
    site = current_site_or_404()
    values = _beginning(site, request.form.get("like", ""))
    return _begun(site, values)


def _beginning(site: Site, like: str) -> Values:
    if like == "present":
        values = use.copied(db.session(), site)
        if values is None:
            abort(404)
        return values
    if like.isdecimal():
        row = own_plan_or_404(site, int(like))
        return {**kept.values_of(row), "name": f"Copy of {row.name}"[: kept.LONGEST_NAME]}
    return kept.first_values()


@bp.post("/import")
@access(Access.OWNER)
def take_in() -> ResponseReturnValue:
    """A plan from a file."""
    site = current_site_or_404()
    file = request.files.get("file")
    content = file.read(kept.LARGEST_FILE * 4 + 1) if file is not None else b""
    if not content:
        return list_page(site, problems=("Choose a file first.",)), 422
    try:
        values = kept.imported(content.decode("utf-8"))
    except UnicodeDecodeError:
        return list_page(site, problems=("The file is not readable as JSON.",)), 422
    except kept.PlanRefused as error:
        return list_page(site, problems=tuple(f"{words[:1].upper()}{words[1:]}." for words in error.problems)), 422
    return _begun(site, values)


def _begun(site: Site, values: Values) -> ResponseReturnValue:
    try:
        row = kept.begin(db.session(), site, values, utc_now())
    except kept.PlanRefused as error:
        flash(f"Not kept: {error}.", "error")
        return redirect(url_for("tou.show"))
    return redirect(url_for("tou.edit", plan_id=row.id))


@bp.get("/<int:plan_id>/plan.json")
@access(Access.VIEWER)
def give_out(plan_id: int) -> ResponseReturnValue:
    """The plan as a file."""
    row = own_plan_or_404(current_site_or_404(), plan_id)
    letters = "".join(letter if letter in _FILE_NAME else "-" for letter in row.name.lower())
    name = "-".join(part for part in letters.split("-") if part) or "plan"
    text = json.dumps(kept.exported(row), indent=2, ensure_ascii=False)
    return Response(text, mimetype="application/json", headers={"Content-Disposition": f'attachment; filename="{name}.json"'})


# In use


@bp.route("/<int:plan_id>/use", methods=["GET", "POST"])
@access(Access.OWNER)
@recently_authenticated
def put_in_use(plan_id: int) -> ResponseReturnValue:
    """Asks once, and says what goes with it. What was replaced can be put back from the answer."""
    site = current_site_or_404()
    row = own_plan_or_404(site, plan_id)
    if read(kept.values_of(row)).problems:
        flash(f"{row.name} cannot be used yet: something is left to fix.", "warn")
        return redirect(url_for("tou.edit", plan_id=plan_id))
    if request.method == "GET":
        return render_template("tou/use.html", site=site, row=row, present=use.present(db.session(), site))
    before = use.present(db.session(), site).retailer
    replaced = use.put_in_use(db.session(), site, row, current_user.id, utc_now())
    if replaced is None:
        flash(f"{row.name} is in use. PowerSync reads its prices now.")
        return redirect(url_for("tou.show"))
    return render_template("tou/used.html", site=site, row=row, before=before, sealed=connecting.sealed(replaced))


@bp.post("/put-back")
@access(Access.OWNER)
def put_back() -> ResponseReturnValue:
    """The retailer that was replaced a moment ago is linked again."""
    site = current_site_or_404()
    try:
        draft = connecting.opened(request.form.get("draft", ""), current_user.id, utc_now())
    except connecting.DraftRefused:
        draft = None
    if draft is None or draft.site_id != site.id or draft.role != "retailer":
        flash("Too much time has passed. Link your retailer again under Devices.", "warn")
        return redirect(url_for("tou.show"))
    use.put_back(db.session(), site, draft, utc_now())
    flash(f"{draft.declaration.title} is linked again. Its prices are read now.")
    return redirect(url_for("tou.show"))


@bp.route("/stop", methods=["GET", "POST"])
@access(Access.OWNER)
@recently_authenticated
def stop() -> ResponseReturnValue:
    """Asks once: without a retailer there are no prices."""
    site = current_site_or_404()
    present = use.present(db.session(), site)
    if present.fields is None:
        return redirect(url_for("tou.show"))
    if request.method == "GET":
        return render_template("tou/stop.html", site=site, present=present)
    use.stop(db.session(), site, utc_now())
    flash("No plan is in use. Your battery returns to your own settings.")
    return redirect(url_for("tou.show"))


@bp.route("/<int:plan_id>/delete", methods=["GET", "POST"])
@access(Access.OWNER)
def delete(plan_id: int) -> ResponseReturnValue:
    """Asks once. The plan in use stays."""
    site = current_site_or_404()
    row = own_plan_or_404(site, plan_id)
    if request.method == "POST":
        name = row.name
        try:
            use.delete(db.session(), site, row)
        except use.InUse:
            flash(f"{row.name} is in use. Use another plan first, or stop using it.", "error")
            return redirect(url_for("tou.show"))
        flash(f"{name} is deleted.")
        return redirect(url_for("tou.show"))
    return render_template("tou/delete.html", site=site, row=row, is_used=use.is_used(db.session(), site, row))
