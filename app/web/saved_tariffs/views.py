"""The list of saved tariffs and what can be done with each. The loop alone gives one to the battery."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.clock import utc_now
from app.extensions import db
from app.models.site import Site
from app.models.tariffs import SavedTariff
from app.services import saved_tariffs
from app.services.saved_tariffs import NameRefused, TariffRefused
from app.surroundings import surroundings_of_app
from app.web.access import Access, access, current_site_or_404, owns
from app.web.prices.links import url_or_none
from app.web.saved_tariffs.forms import ImportForm, NameForm

bp = Blueprint("saved_tariffs", __name__, url_prefix="/tariffs/saved")


@bp.get("")
@access(Access.VIEWER)
def show() -> ResponseReturnValue:
    return _page(current_site_or_404())


@bp.post("")
@access(Access.OWNER)
def save() -> ResponseReturnValue:
    """Keep the tariff that is the owner's now."""
    site, form = current_site_or_404(), NameForm()
    try:
        row = saved_tariffs.save_present(db.session(), surroundings_of_app(), site, form.name.data or "", form.note.data or "", utc_now())
    except NameRefused as error:
        form.name.errors = [str(error)]
        return _page(site, save_form=form), 422
    except TariffRefused as error:
        return _page(site, save_form=form, problem=f"Not saved. {error}"), 422
    flash(f"Saved as “{row.name}”.")
    return redirect(url_for("saved_tariffs.show"))


@bp.post("/import")
@access(Access.OWNER)
def import_file() -> ResponseReturnValue:
    site, form = current_site_or_404(), ImportForm()
    sent: FileStorage | None = form.file.data
    if not form.validate() or sent is None:
        return _page(site, import_form=form), 422
    content = sent.stream.read(saved_tariffs.MOST_BYTES + 1)
    try:
        row = saved_tariffs.import_file(db.session(), surroundings_of_app(), site, content, utc_now())
    except TariffRefused as error:
        form.file.errors = [str(error)]
        return _page(site, import_form=form), 422
    flash(f"Imported as “{row.name}”.")
    return redirect(url_for("saved_tariffs.show"))


@bp.post("/<int:saved_id>/use")
@access(Access.OWNER)
def use(saved_id: int) -> ResponseReturnValue:
    """It becomes the owner's; the loop gives it to the battery."""
    site = current_site_or_404()
    row = _saved_or_404(site, saved_id)
    try:
        kept = saved_tariffs.use(db.session(), surroundings_of_app(), site, row, utc_now())
    except TariffRefused as error:
        flash(str(error), "error")
    else:
        flash(f"“{row.name}” is your tariff now." + (f" The one before is kept as “{kept.name}”." if kept is not None else ""))
    return redirect(url_for("saved_tariffs.show"))


@bp.post("/<int:saved_id>/default")
@access(Access.OWNER)
def make_default(saved_id: int) -> ResponseReturnValue:
    site = current_site_or_404()
    row = _saved_or_404(site, saved_id)
    try:
        saved_tariffs.set_default(db.session(), surroundings_of_app(), site, row, utc_now())
    except TariffRefused as error:
        flash(str(error), "error")
    else:
        flash(f"Your battery goes back to “{row.name}” whenever PowerSync stops steering it.")
    return redirect(url_for("saved_tariffs.show"))


@bp.post("/<int:saved_id>/no-default")
@access(Access.OWNER)
def end_default(saved_id: int) -> ResponseReturnValue:
    row = _saved_or_404(current_site_or_404(), saved_id)
    saved_tariffs.unset_default(db.session(), row)
    flash("From now on your battery goes back to the tariff that it had.")
    return redirect(url_for("saved_tariffs.show"))


@bp.get("/<int:saved_id>/raw")
@access(Access.VIEWER)
def raw(saved_id: int) -> ResponseReturnValue:
    """In the battery's own form, as it is sent and read."""
    row = _saved_or_404(current_site_or_404(), saved_id)
    return render_template("saved_tariffs/raw.html", row=row, text=saved_tariffs.pretty(row))


@bp.get("/<int:saved_id>/file")
@access(Access.VIEWER)
def export(saved_id: int) -> ResponseReturnValue:
    row = _saved_or_404(current_site_or_404(), saved_id)
    disposition = f'attachment; filename="{saved_tariffs.file_name(row)}"'
    return Response(saved_tariffs.as_file(row), mimetype="application/json", headers={"Content-Disposition": disposition})


@bp.route("/<int:saved_id>/rename", methods=["GET", "POST"])
@access(Access.OWNER)
def rename(saved_id: int) -> ResponseReturnValue:
    row = _saved_or_404(current_site_or_404(), saved_id)
    form = NameForm(name=row.name, note=row.note)
    if request.method == "GET":
        return render_template("saved_tariffs/rename.html", row=row, form=form)
    was = row.name
    try:
        saved_tariffs.rename(db.session(), row, form.name.data or "", form.note.data or "")
    except NameRefused as error:
        form.name.errors = [str(error)]
    except TariffRefused as error:
        form.note.errors = [str(error)]
    if form.errors:
        return render_template("saved_tariffs/rename.html", row=row, form=form), 422
    flash(f"“{was}” is now “{row.name}”." if row.name != was else "The note is changed.")
    return redirect(url_for("saved_tariffs.show"))


@bp.route("/<int:saved_id>/delete", methods=["GET", "POST"])
@access(Access.OWNER)
def delete(saved_id: int) -> ResponseReturnValue:
    """Asks once, and says what stays."""
    row = _saved_or_404(current_site_or_404(), saved_id)
    if request.method == "GET":
        return render_template("saved_tariffs/delete.html", row=row)
    name = row.name
    saved_tariffs.delete(db.session(), row)
    flash(f"“{name}” is deleted.")
    return redirect(url_for("saved_tariffs.show"))


def _saved_or_404(site: Site, saved_id: int) -> SavedTariff:
    return saved_tariffs.saved_tariff(db.session(), site.id, saved_id) or abort(404)


def _page(site: Site, save_form: NameForm | None = None, import_form: ImportForm | None = None, problem: str = "") -> str:
    return render_template(
        "saved_tariffs/show.html",
        site=site,
        page=saved_tariffs.saved_page(db.session(), surroundings_of_app(), site, utc_now()),
        save_form=save_form or NameForm(formdata=None),
        import_form=import_form or ImportForm(formdata=None),
        problem=problem,
        may_change=owns(site),
        settings_url=url_or_none("settings.show"),
        control_url=url_or_none("setup.control"),
    )
