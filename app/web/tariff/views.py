"""The 24-hour tariff and its last sync."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.extensions import db
from app.services import tariff_page
from app.surroundings import surroundings_of_app
from app.web.access import Access, access, current_site_or_404, owns
from app.web.prices.links import url_or_none
from app.web.security import revalidated

bp = Blueprint("tariff", __name__, url_prefix="/tariff")
_PLACES = {
    "settings": ("settings.show", "Settings"),
    "decisions": ("decisions.show", "Decisions"),
    "devices": ("devices.show", "Devices"),
}


@bp.get("")
@access(Access.VIEWER)
def show() -> ResponseReturnValue:
    return render_template("tariff/show.html", **_view())


@bp.get("/part")
@access(Access.VIEWER)
def part() -> ResponseReturnValue:
    """The whole content, for a page that stays open."""
    return revalidated(make_response(render_template("tariff/_part.html", **_view())))


@bp.post("/sync")
@access(Access.OWNER)
def sync() -> ResponseReturnValue:
    """Fetch prices now; the loop sends the tariff if it changed."""
    tariff_page.ask_to_sync(db.session(), current_site_or_404(), utc_now())
    flash("Prices are being fetched. A changed tariff reaches the battery within a minute.")
    return redirect(url_for("tariff.show"))


def _view() -> dict[str, object]:
    site = current_site_or_404()
    page = tariff_page.tariff_page(db.session(), surroundings_of_app(), site, utc_now())
    places = {key: (url, words) for key, (endpoint, words) in _PLACES.items() if (url := url_or_none(endpoint))}
    return {
        "page": page,
        "now": page.now,
        "zone": site.timezone,
        "unit": "p" if site.currency == "GBP" else "c",
        "places": places,
        "is_owner": owns(site),
    }
