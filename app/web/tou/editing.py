"""Writing a plan: the editor works by sending its form and getting the page back; a script only spares the way."""

from dataclasses import replace

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.extensions import db
from app.models.site import Site
from app.models.tariffs import TouPlan
from app.services.tou_plans import kept, use
from app.services.tou_plans.draft import read
from app.services.tou_plans.season import Values
from app.web.access import Access, access, current_site_or_404
from app.web.tou.blueprint import bp
from app.web.tou.editor import Editor, editor
from app.web.tou.plan_form import Shown, shown_sent, stepped, values_sent
from app.web.tou.units import minor_unit


@bp.get("/used")
@access(Access.OWNER)
def edit_used() -> ResponseReturnValue:
    """To the plan in use; to the list where it is not kept yet, which says what to do."""
    plan = use.present(db.session(), current_site_or_404()).plan
    return redirect(url_for("tou.edit", plan_id=plan.id) if plan is not None else url_for("tou.show"))


@bp.get("/<int:plan_id>/edit")
@access(Access.OWNER)
def edit(plan_id: int) -> ResponseReturnValue:
    """The plan as it is stored."""
    site = current_site_or_404()
    row = own_plan_or_404(site, plan_id)
    return _page(site, row, editor(kept.values_of(row), Shown(), minor_unit(site)))


@bp.post("/<int:plan_id>/edit")
@access(Access.OWNER)
def step(plan_id: int) -> ResponseReturnValue:
    """What the pressed button says, with everything as it was typed. "save", "use" and "copy" store, the others do not."""
    site = current_site_or_404()
    row = own_plan_or_404(site, plan_id)
    values, shown, pressed = values_sent(request.form), shown_sent(request.form), request.form.get("step", "check")
    if pressed in ("save", "use"):
        return _save(site, row, values, shown, goes_on=pressed == "use")
    if pressed == "copy":
        return _copy(site, row, values, shown)
    values, shown = stepped(values, shown.within(values), pressed)
    return _page(site, row, editor(values, shown, minor_unit(site)))


@bp.post("/<int:plan_id>/preview")
@access(Access.OWNER)
def redraw(plan_id: int) -> ResponseReturnValue:
    """The parts of the editor that follow from what is typed: drawing, list, what is to be fixed, and the buttons. Stores nothing."""
    site = current_site_or_404()
    row = own_plan_or_404(site, plan_id)
    values = values_sent(request.form)
    drawn = editor(values, shown_sent(request.form), minor_unit(site))
    return render_template("tou/_regions.html", **_shown(site, row, drawn))


def own_plan_or_404(site: Site, plan_id: int) -> TouPlan:
    """A plan of this home."""
    return kept.find(db.session(), site.id, plan_id) or abort(404)


def _save(site: Site, row: TouPlan, values: Values, shown: Shown, *, goes_on: bool) -> ResponseReturnValue:
    name, is_used = row.name, use.is_used(db.session(), site, row)
    shown = _at_first_mistake(values, replace(shown.within(values), is_checked=True))
    drawn = editor(values, shown, minor_unit(site))
    try:
        use.change(db.session(), site, row, values, request.form.get("revision", ""), utc_now())
    except kept.ChangedMeanwhile:
        words = "Somebody changed this plan while you were at it. Below is what you entered; press Save to put it in place of theirs."
        return _page(site, row, drawn, problem=words, revision=kept.revision_of(row)), 409
    except kept.NameTaken as error:
        drawn.plan.name.errors = [_sentence(str(error))]
        return _page(site, own_plan_or_404(site, row.id), drawn), 422
    except kept.PlanRefused as error:
        drawn.plan.name.errors = [_sentence(str(error))]
        return _page(site, row, drawn), 422
    except use.NotWhole:
        words = f"{name} is in use, so it is saved once nothing is left to fix. To go on later, save what you have as a copy."
        return _page(site, row, drawn, problem=words), 422
    if goes_on and not is_used:
        return redirect(url_for("tou.put_in_use", plan_id=row.id))
    if is_used:
        flash(f"{row.name} is saved. PowerSync uses it within a minute.")
    elif drawn.draft.problems:
        flash(f"{row.name} is saved as a draft. It can be used once nothing is left to fix.")
    else:
        flash(f"{row.name} is saved. It is not in use.")
    return redirect(url_for("tou.edit", plan_id=row.id))


def _copy(site: Site, row: TouPlan, values: Values, shown: Shown) -> ResponseReturnValue:
    """What was typed as a plan of its own; the stored one stays."""
    try:
        copy = kept.begin(db.session(), site, values, utc_now())
    except kept.PlanRefused as error:
        drawn = editor(values, shown, minor_unit(site))
        return _page(site, row, drawn, problem=_sentence(str(error))), 422
    flash(f"{copy.name} is kept as a plan of its own. {row.name} is as it was.")
    return redirect(url_for("tou.edit", plan_id=copy.id))


def _at_first_mistake(values: Values, shown: Shown) -> Shown:
    """The period or season with the first mistake stands open, unless the shown one has one too."""
    places = [mistake["loc"] for mistake in read(values).mistakes if mistake["loc"][0] == "seasons"]
    found = [replace(shown, season=int(place[1]), period=int(place[3]) if len(place) > 4 else shown.period) for place in places]
    return shown if shown in found or not found else found[0]


def _page(site: Site, row: TouPlan, drawn: Editor, *, problem: str = "", revision: str = "") -> str:
    return render_template("tou/edit.html", **_shown(site, row, drawn, revision), problem=problem)


def _shown(site: Site, row: TouPlan, drawn: Editor, revision: str = "") -> dict[str, object]:
    """`revision` is that of the stored plan on which the form rests: of the form that was sent, if one was."""
    return {
        "site": site,
        "row": row,
        "editor": drawn,
        "unit": drawn.unit,
        "is_used": use.is_used(db.session(), site, row),
        "revision": revision or request.form.get("revision") or kept.revision_of(row),
    }


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
