"""The second step of signing in: the code, after the password was right."""

from datetime import datetime

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.clock import utc_now
from app.extensions import db
from app.models.types import SecretUnreadable
from app.services import half_sign_in, recovery_codes, second_factor
from app.services.half_sign_in import OPEN_FOR, Halfway
from app.services.sign_in import SignInRefused
from app.services.tries import TooManyTries
from app.web import throttled
from app.web.access import Access, access, home_url, local_next
from app.web.auth import browser_session
from app.web.auth.blueprint import bp
from app.web.auth.forms import CodeForm
from app.web.security import cookie_name

_COOKIE = "powersync_half"
WRONG = "This code is wrong, or it was used before. The app shows a new one every 30 seconds."
UNREADABLE = "The key of your app cannot be read here, as the encryption key was lost. Use a recovery code."


def ask_for_code(user_id: int, *, remember: bool, now: datetime) -> Response:
    """The password was right: on to the page that asks for the code."""
    response = redirect(url_for("auth.second_step", next=local_next("") or None))
    token = half_sign_in.begin(db.session(), user_id, remember=remember, now=now)
    response.set_cookie(cookie_name(_COOKIE), token, max_age=OPEN_FOR, path="/", secure=request.is_secure, httponly=True, samesite="Lax")
    return response


@bp.route("/sign-in/code", methods=["GET", "POST"], endpoint="second_step")
@access(Access.PUBLIC)  # for who holds the cookie of the first step
def second_step() -> ResponseReturnValue:
    """The app's code, or a recovery code."""
    now, token = utc_now(), request.cookies.get(cookie_name(_COOKIE), "")
    halfway = half_sign_in.find(db.session(), token, now) if token else None
    if halfway is None:
        if request.method == "POST":
            flash("That took too long. Enter your password again.", "warn")
        return redirect(url_for("auth.sign_in", next=local_next("") or None))
    form = CodeForm()
    if request.method == "GET":
        form.next.data = local_next("")
        return render_template("auth/code.html", form=form, email=halfway.email)
    if not form.validate():
        return render_template("auth/code.html", form=form, email=halfway.email), 422
    try:
        is_recovery = second_factor.check(
            db.session(), halfway.user_id, halfway.email, form.code.data or "", request.remote_addr or "", now
        )
    except SignInRefused:
        return render_template("auth/code.html", form=form, email=halfway.email, problem=WRONG), 401
    except SecretUnreadable:
        return render_template("auth/code.html", form=form, email=halfway.email, problem=UNREADABLE), 401
    except TooManyTries as error:
        return throttled.page("auth/code.html", error, form=form, email=halfway.email)
    if not half_sign_in.end(db.session(), token):
        return redirect(url_for("auth.sign_in"))
    return _signed_in(halfway, is_recovery, now)


def _signed_in(halfway: Halfway, is_recovery: bool, now: datetime) -> ResponseReturnValue:
    response = make_response(redirect(local_next(home_url())))
    browser_session.begin(response, halfway.user_id, remember=halfway.remember, now=now)
    response.delete_cookie(cookie_name(_COOKIE), path="/", secure=request.is_secure, httponly=True, samesite="Lax")
    if is_recovery:
        count = recovery_codes.left(db.session(), halfway.user_id)
        flash(f"You used a recovery code; {count} are left. Your account page makes new ones.", "warn")
    return response
