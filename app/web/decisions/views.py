"""The journal, and the owner's say in what somebody changed."""

from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.extensions import db
from app.models.site import Site
from app.services import journal_page
from app.services.journal_page import NotOpen, Show, Told, Updates
from app.web.access import Access, access, current_site_or_404, owns
from app.web.page import count_for
from app.web.security import revalidated

bp = Blueprint("decisions", __name__, url_prefix="/decisions")
_GONE = "This is decided already: nothing waits for it any more."


@bp.record_once
def _count_open(state: Any) -> None:
    """The navigation tells how many changes wait for the owner."""
    count_for(state.app, "decisions", _open_in)


@bp.get("")
@access(Access.VIEWER)
def show() -> ResponseReturnValue:
    return render_template("decisions/show.html", **_view())


@bp.get("/part")
@access(Access.VIEWER)
def part() -> ResponseReturnValue:
    """The journal alone, for a page that stays open."""
    return revalidated(make_response(render_template("decisions/_part.html", **_view())))


@bp.post("/<int:entry_id>/take-back")
@access(Access.CONTROL)
def take_back(entry_id: int) -> ResponseReturnValue:
    """PowerSync sets again what somebody changed."""
    try:
        what = journal_page.take_back(db.session(), current_site_or_404(), entry_id, utc_now())
        flash(f"PowerSync sets the {what} again within a minute.")
    except NotOpen:
        flash(_GONE, "warn")
    return redirect(url_for("decisions.show"))


@bp.post("/<int:entry_id>/keep")
@access(Access.OWNER)
def keep(entry_id: int) -> ResponseReturnValue:
    """The change stays as the owner's."""
    try:
        what = journal_page.keep(db.session(), current_site_or_404(), entry_id, utc_now())
        flash(f"The {what} stays as you have it.")
    except NotOpen:
        flash(_GONE, "warn")
    return redirect(url_for("decisions.show"))


def _open_in(site: Site) -> int:
    return journal_page.open_count(db.session(), site.id)


def _view() -> dict[str, object]:
    site = current_site_or_404()
    try:
        chosen = Show(request.args.get("show", "all"))
    except ValueError:
        abort(404)
    before = request.args.get("before", type=int)
    page = journal_page.journal_page(db.session(), site, utc_now(), chosen, before)
    names = {Show.ALL: "All", Show.PROBLEMS: "Problems", Show.YOURS: "Yours"}

    def link(endpoint: str, show: Show, before: int | None = None) -> str:
        return url_for(endpoint, show=None if show is Show.ALL else show.value, before=before)

    return {
        "page": page,
        "now": page.now,
        "zone": site.timezone,
        "filters": [(words, link("decisions.show", each), each is chosen) for each, words in names.items()],
        "part_url": link("decisions.part", chosen, before),
        "earlier_url": link("decisions.show", chosen, page.earlier_before) if page.earlier_before else None,
        "newest_url": None if page.is_first else link("decisions.show", chosen),
        "is_owner": owns(site),
        "is_updates": lambda block: isinstance(block, Updates),
        "is_today": lambda block: _day(block, page) == page.now.astimezone(page.zone).date(),
    }


def _day(block: Told | Updates, page: journal_page.JournalPage) -> object:
    at = block.until if isinstance(block, Updates) else block.at
    return at.astimezone(page.zone).date()
