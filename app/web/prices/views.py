"""The prices of a day: page, the part of it that renews itself, chart data, CSV."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.extensions import db
from app.services import price_history, price_history_export
from app.services.forecast_scores import lead_scores
from app.services.price_history import DAYS_BACK, STEPS, PriceDay
from app.web.access import Access, access, current_site_or_404
from app.web.prices import words
from app.web.prices.links import url_or_none
from app.web.security import revalidated

SHOWN_BEFORE_NOW = timedelta(minutes=90)  # older rows of today are folded away in the table

bp = Blueprint("prices", __name__)


@bp.get("/prices")
@access(Access.VIEWER)
def show() -> ResponseReturnValue:
    return render_template("prices/show.html", **_view())


@bp.get("/prices/part")
@access(Access.VIEWER)
def part() -> ResponseReturnValue:
    """Everything but the chart, for a page that stays open."""
    return revalidated(make_response(render_template("prices/part.html", **_view())))


@bp.get("/prices/series.json")
@access(Access.VIEWER)
def series() -> ResponseReturnValue:
    day = _asked_day()
    if day is None:
        abort(404)
    return revalidated(jsonify(price_history_export.series(day)))


@bp.get("/prices.csv")
@access(Access.VIEWER)
def csv() -> ResponseReturnValue:
    day = _asked_day()
    if day is None:
        abort(404)
    text = price_history_export.as_csv(day)
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="prices-{day.day.isoformat()}.csv"'})


def _view() -> dict[str, object]:
    day = _asked_day()
    if day is None:
        return {"day": None, "devices_url": url_or_none("devices.show")}
    shown_from = day.now - SHOWN_BEFORE_NOW if day.is_today else None
    is_earlier = [shown_from is not None and row.end <= shown_from for row in day.rows]
    source = day.source

    def link(endpoint: str, **changes: object) -> str:
        return _link(day, endpoint, **changes)

    return {
        "day": day,
        "row_now": next((row for row in day.rows if row.is_now), None),
        "earlier_rows": [row for row, hidden in zip(day.rows, is_earlier, strict=True) if hidden],
        "shown_rows": [row for row, hidden in zip(day.rows, is_earlier, strict=True) if not hidden],
        "known_until_words": words.moment(source.known_until, day) if source.known_until else None,
        "market_from_words": words.moment(source.market_from, day) if source.market_from else None,
        "since_words": words.moment(day.present.last.end, day) if day.present and day.present.last else None,
        "words": words.words_for(day, link),
        "span_words": price_history_export.span_words,
        "link": link,
        "level_limits": price_history.LEVEL_LIMITS_C,
        "scores": lead_scores(db.session(), source.connection_id, day.now.date()) if day.is_today else (),
    }


def _link(shown: PriceDay, endpoint: str, **changes: object) -> str:
    """An address of this area for the shown day and step; what is usual is left out."""
    asked: dict[str, object] = {"day": None if shown.is_today else shown.day, "step": shown.step_min, **changes}
    day_asked, step = asked["day"], asked["step"]
    return url_for(endpoint, day=day_asked.isoformat() if isinstance(day_asked, date) else None, step=step if step != 30 else None)


def _asked_day() -> PriceDay | None:
    """The day and step of the address; a day that is to come, or longer past than prices are shown, is not found."""
    site, now = current_site_or_404(), utc_now()
    today = now.astimezone(ZoneInfo(site.timezone)).date()
    day = None
    if text := request.args.get("day"):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            abort(404)
        if not today - timedelta(days=DAYS_BACK) <= day <= today:
            abort(404)
    step = request.args.get("step", "30")
    if step not in map(str, STEPS):
        abort(404)
    return price_history.price_day(db.session(), site, now, None if day == today else day, int(step))
