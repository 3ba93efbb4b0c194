"""The battery over a span: page, the part of it that renews itself, CSV."""

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.domain.spans import SpanKind
from app.extensions import db
from app.services.history import export
from app.services.history.battery import BatteryHistory, battery_history
from app.web.access import Access, access, current_site_or_404, owns
from app.web.battery import drawing, words
from app.web.history.asked import Links, asked_span
from app.web.history.words import row_words
from app.web.security import revalidated

bp = Blueprint("battery", __name__)


@bp.get("/battery")
@access(Access.VIEWER)
def show() -> ResponseReturnValue:
    return render_template("battery/show.html", **_view())


@bp.get("/battery/part")
@access(Access.VIEWER)
def part() -> ResponseReturnValue:
    """The whole content, for a page that stays open."""
    return revalidated(make_response(render_template("battery/_part.html", **_view())))


@bp.get("/battery.csv")
@access(Access.VIEWER)
def csv() -> ResponseReturnValue:
    history = _asked()
    name = f"battery-{history.span.kind.value}-{history.span.first.isoformat()}.csv"
    return Response(export.battery_csv(history), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _asked() -> BatteryHistory:
    site, now = current_site_or_404(), utc_now()
    return battery_history(db.session(), site, now, asked_span(site, now, SpanKind.DAY))


def _view() -> dict[str, object]:
    history = _asked()
    return {
        "history": history,
        "links": Links("battery.show", SpanKind.DAY, history.reach, {}),
        "words": words.words_for(history),
        "chart": drawing.draw_charge(history),
        "row_words": row_words,
        "is_owner": owns(current_site_or_404()),
    }
