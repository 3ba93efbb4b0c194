"""The demand charge: the page, and the part of it that renews itself."""

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.extensions import db
from app.services.demand_costs import demand_month
from app.web.access import Access, access, current_site_or_404, owns
from app.web.demand import bars, words
from app.web.security import revalidated

bp = Blueprint("demand", __name__, url_prefix="/demand")


@bp.get("")
@access(Access.VIEWER)
def show() -> ResponseReturnValue:
    return render_template("demand/show.html", **_view())


@bp.get("/part")
@access(Access.VIEWER)
def part() -> ResponseReturnValue:
    """The whole content, for a page that stays open."""
    return revalidated(make_response(render_template("demand/_part.html", **_view())))


def _view() -> dict[str, object]:
    site = current_site_or_404()
    month = demand_month(db.session(), site, utc_now())
    return {
        "month": month,
        "site": site,
        "words": words.words_for(month),
        "names": words.NAMES,
        "chart": bars.draw(month),
        "is_owner": owns(site),
    }
