"""Two-step sign-in: set up with an authenticator app, new recovery codes, switched off."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import utc_now
from app.extensions import db
from app.models.types import SecretUnreadable
from app.services import recovery_codes, second_factor, sign_in
from app.services.second_factor import AlreadyOn, NotBegun
from app.services.sign_in import SignInRefused
from app.services.tries import TooManyTries
from app.web import throttled
from app.web.access import Access, access, recently_authenticated
from app.web.account.blueprint import bp
from app.web.account.forms import CodeForm
from app.web.account.qr import drawing
from app.web.auth import browser_session
from app.web.auth.second_step import UNREADABLE, WRONG


@bp.get("/two-step")
@access(Access.USER)
@recently_authenticated
def two_step() -> ResponseReturnValue:
    """Off, waiting for the first code, or on."""
    return _page(CodeForm(formdata=None))


@bp.post("/two-step/begin")
@access(Access.USER)
@recently_authenticated
def begin_two_step() -> ResponseReturnValue:
    """A new key to scan."""
    try:
        second_factor.begin(db.session(), current_user.id, utc_now())
    except AlreadyOn:
        flash("Two-step sign-in is on already. Switch it off first to set up another app.", "warn")
    return redirect(url_for("account.two_step"))


@bp.post("/two-step/on")
@access(Access.USER)
@recently_authenticated
def switch_two_step_on() -> ResponseReturnValue:
    """The first code of the app. Shows the recovery codes, this once."""
    form, now = CodeForm(), utc_now()
    if not form.validate():
        return _page(form), 422
    try:
        codes = second_factor.switch_on(
            db.session(),
            current_user.id,
            current_user.email,
            form.code.data or "",
            request.remote_addr or "",
            current_user.session_id,
            now,
        )
    except NotBegun:
        return redirect(url_for("account.two_step"))
    except (SignInRefused, TooManyTries, SecretUnreadable) as error:
        return _refused(form, error)
    answer = make_response(render_template("account/recovery_codes.html", codes=codes, is_new=True))
    browser_session.renew(answer, now=now)
    return answer


@bp.post("/two-step/change")
@access(Access.USER)
@recently_authenticated
def change_two_step() -> ResponseReturnValue:
    """New recovery codes, or off; either needs a code."""
    form, now = CodeForm(), utc_now()
    if not form.validate():
        return _page(form), 422
    try:
        second_factor.check(db.session(), current_user.id, current_user.email, form.code.data or "", request.remote_addr or "", now)
    except (SignInRefused, TooManyTries, SecretUnreadable) as error:
        return _refused(form, error)
    if request.form.get("what") == "off":
        second_factor.switch_off(db.session(), current_user.id, now, current_user.session_id)
        flash("Two-step sign-in is off: your password alone signs you in. All other browsers are signed out.")
        answer = make_response(redirect(url_for("account.show")))
    else:
        codes = second_factor.new_recovery_codes(db.session(), current_user.id, current_user.session_id, now)
        answer = make_response(render_template("account/recovery_codes.html", codes=codes, is_new=False))
    browser_session.renew(answer, now=now)
    return answer


def _refused(form: CodeForm, error: SignInRefused | TooManyTries | SecretUnreadable) -> ResponseReturnValue:
    match error:
        case TooManyTries():
            form.code.errors = [throttled.words(error)]
            return _page(form), 429, {"Retry-After": str(throttled.seconds(error))}
        case SecretUnreadable():
            form.code.errors = [UNREADABLE]
        case _:
            form.code.errors = [WRONG]
    return _page(form), 422


def _page(form: CodeForm) -> str:
    is_on = sign_in.asks_for_code(db.session(), current_user.id)
    key, is_unreadable = None, False
    if not is_on:
        try:
            key = second_factor.waiting_key(db.session(), current_user.id, current_user.email)
        except SecretUnreadable:
            is_unreadable = True  # as if none had been made: a new one can be
    return render_template(
        "account/two_step.html",
        form=form,
        is_on=is_on,
        key=key,
        qr=drawing(key.address) if key else None,
        codes_left=recovery_codes.left(db.session(), current_user.id),
        is_unreadable=is_unreadable,
    )
