"""Asking for a backtest, watching it run, and its result. The work itself runs in the scheduler."""

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.clock import utc_now
from app.extensions import db
from app.models.backtest import DONE, FAILED, RUNNING, WAITING, Backtest
from app.services.backtesting import requests
from app.services.backtesting.meter import FileRefused, NotBacktestable
from app.services.backtesting.source import LARGEST_FILE
from app.web.access import Access, access, current_site_or_404, owns
from app.web.backtest import drawing, words
from app.web.backtest.forms import BacktestForm
from app.web.security import accepts_up_to, revalidated

bp = Blueprint("backtest", __name__, url_prefix="/money/backtest")
_AROUND_THE_FILE = 100_000  # bytes of the other fields and of the form's own marks


@bp.get("")
@access(Access.VIEWER)
def show() -> ResponseReturnValue:
    """The newest run, and the form for another."""
    runs = requests.of_site(db.session(), current_site_or_404().id)
    return _page(runs[0] if runs else None)


@bp.get("/<int:backtest_id>")
@access(Access.VIEWER)
def one(backtest_id: int) -> ResponseReturnValue:
    return _page(_run_or_404(backtest_id))


@bp.get("/<int:backtest_id>/part")
@access(Access.VIEWER)
def part(backtest_id: int) -> ResponseReturnValue:
    """The run alone, for a page that stays open."""
    return revalidated(make_response(render_template("backtest/_run.html", **_of_run(_run_or_404(backtest_id)))))


@bp.get("/<int:backtest_id>.csv")
@access(Access.VIEWER)
def csv(backtest_id: int) -> ResponseReturnValue:
    run = _run_or_404(backtest_id)
    if run.result is None:
        abort(404)
    name = f"backtest-{run.result['from']}-{run.result['to']}.csv"
    return Response(words.as_csv(run.result), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@bp.post("")
@access(Access.OWNER)
@accepts_up_to(LARGEST_FILE + _AROUND_THE_FILE)
def ask() -> ResponseReturnValue:
    site, form = current_site_or_404(), BacktestForm()
    if not form.validate():
        return _page(None, form), 422
    sent: FileStorage | None = form.file.data
    content = sent.stream.read(LARGEST_FILE + 1) if sent and sent.filename else None
    try:
        run = requests.ask(db.session(), site, form.asked(), content, (sent.filename or "") if sent else "", utc_now())
    except FileRefused as error:
        form.file.errors = [str(error)]
        return _page(None, form), 422
    except NotBacktestable as error:
        flash(str(error), "error")
        return _page(None, form), 409
    return redirect(url_for("backtest.one", backtest_id=run.id))


@bp.post("/<int:backtest_id>/cancel")
@access(Access.OWNER)
def cancel(backtest_id: int) -> ResponseReturnValue:
    run = _run_or_404(backtest_id)
    if requests.cancel(db.session(), run.site_id, run.id, utc_now()):
        flash("The backtest is cancelled.")
    return redirect(url_for("backtest.one", backtest_id=backtest_id))


def _run_or_404(backtest_id: int) -> Backtest:
    return requests.one_of(db.session(), current_site_or_404().id, backtest_id) or abort(404)


def _page(run: Backtest | None, form: BacktestForm | None = None) -> str:
    site = current_site_or_404()
    return render_template(
        "backtest/show.html",
        site=site,
        form=form or BacktestForm(formdata=None),
        runs=requests.of_site(db.session(), site.id),
        path=request.path,
        **_of_run(run),
    )


def _of_run(run: Backtest | None) -> dict[str, object]:
    result = run.result if run is not None and run.state == DONE else None
    return {
        "run": run,
        "is_alive": run is not None and run.state in (WAITING, RUNNING),
        "has_failed": run is not None and run.state == FAILED,
        "result": result,
        "chart": drawing.draw(result) if result else None,
        "words": words,
        "is_owner": owns(current_site_or_404()),
    }
