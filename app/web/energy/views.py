"""Energy of a span: page, the part of it that renews itself, CSV."""

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.domain.spans import SpanKind
from app.extensions import db
from app.services.history import export
from app.services.history.energy import STEPS, EnergyHistory, energy_history
from app.web.access import Access, access, current_site_or_404
from app.web.energy import drawing, words
from app.web.history.asked import Links, asked_choice, asked_span
from app.web.history.words import row_words
from app.web.security import revalidated

BESIDE = ("before", "year")  # what the totals are compared with

bp = Blueprint("energy", __name__)


@bp.get("/energy")
@access(Access.VIEWER)
def show() -> ResponseReturnValue:
    return render_template("energy/show.html", **_view())


@bp.get("/energy/part")
@access(Access.VIEWER)
def part() -> ResponseReturnValue:
    """The whole content, for a page that stays open."""
    return revalidated(make_response(render_template("energy/_part.html", **_view())))


@bp.get("/energy.csv")
@access(Access.VIEWER)
def csv() -> ResponseReturnValue:
    history = _asked()
    name = f"energy-{history.span.kind.value}-{history.span.first.isoformat()}.csv"
    return Response(export.energy_csv(history), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _asked() -> EnergyHistory:
    site, now = current_site_or_404(), utc_now()
    step = asked_choice("step", [str(each) for each in STEPS])
    return energy_history(db.session(), site, now, asked_span(site, now, SpanKind.DAY), int(step))


def _view() -> dict[str, object]:
    history, beside = _asked(), asked_choice("compare", BESIDE)
    kept = {"step": str(history.step_min)} if history.step_min != STEPS[0] else {}
    kept |= {"compare": beside} if beside != BESIDE[0] else {}
    links = Links("energy.show", SpanKind.DAY, history.reach, kept)
    other = history.before if beside == BESIDE[0] else history.year_before
    steps = [(step, None if step == STEPS[0] else str(step)) for step in STEPS] if history.span.kind is SpanKind.DAY else []
    return {
        "history": history,
        "links": links,
        "words": words.words_for(history, other),
        "chart": drawing.draw_energy(history),
        "row_words": row_words,
        "steps": [(f"{step}\u202fmin", links.to(history.span, step=asked), step == history.step_min) for step, asked in steps],
        "besides": _besides(history, links, beside),
    }


def _besides(history: EnergyHistory, links: Links, chosen: str) -> list[tuple[str, str, bool]]:
    """What the totals can be compared with; the year before a year is a year ago."""
    if history.span.kind is SpanKind.YEAR:
        return []
    return [
        (words.before_words(history.span.kind), links.to(history.span, compare=None), chosen == BESIDE[0]),
        ("A year ago", links.to(history.span, compare=BESIDE[1]), chosen == BESIDE[1]),
    ]
