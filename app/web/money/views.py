"""Money of a span: page, the part of it that renews itself, CSV."""

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.domain.day_costs import Way
from app.domain.spans import SpanKind
from app.extensions import db
from app.services.history import export
from app.services.history.money import MoneyHistory, money_history
from app.web.access import Access, access, current_site_or_404, owns
from app.web.history.asked import Links, asked_span
from app.web.history.words import row_words
from app.web.money import drawing, words
from app.web.security import revalidated

bp = Blueprint("money", __name__)


@bp.get("/money")
@access(Access.VIEWER)
def show() -> ResponseReturnValue:
    return render_template("money/show.html", **_view())


@bp.get("/money/part")
@access(Access.VIEWER)
def part() -> ResponseReturnValue:
    """The whole content, for a page that stays open."""
    return revalidated(make_response(render_template("money/_part.html", **_view())))


@bp.get("/money.csv")
@access(Access.VIEWER)
def csv() -> ResponseReturnValue:
    history = _asked()
    name = f"money-{history.span.kind.value}-{history.span.first.isoformat()}.csv"
    return Response(export.money_csv(history), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _asked() -> MoneyHistory:
    site, now = current_site_or_404(), utc_now()
    return money_history(db.session(), site, now, asked_span(site, now, SpanKind.MONTH))


def _view() -> dict[str, object]:
    history = _asked()
    return {
        "history": history,
        "links": Links("money.show", SpanKind.MONTH, history.reach, {}),
        "words": words.words_for(history),
        "chart": drawing.draw_costs(history),
        "better": drawing.draw_better(history, Way.ON_ITS_OWN),
        "bars": drawing.draw_ways(history.comparison),
        "row_words": row_words,
        "ways": words.WAYS,
        "no_battery": Way.NO_BATTERY,
        "alone": Way.ON_ITS_OWN,
        "is_owner": owns(current_site_or_404()),
    }
