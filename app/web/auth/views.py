"""Pages of signing in."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import utc_now
from app.extensions import db, limiter
from app.services import accounts, passkeys, sign_in
from app.services.accounts import AccountRefused, SetupTokenRefused
from app.services.passwords import PasswordRefused, Passwords
from app.services.sign_in import SignInRefused
from app.services.tries import TooManyTries
from app.web import throttled
from app.web.access import Access, access, home_url, local_next
from app.web.auth import browser_session
from app.web.auth.blueprint import bp
from app.web.auth.forms import ConfirmForm, SignInForm, TokenForm, WelcomeForm
from app.web.auth.second_step import ask_for_code
from app.web.passkey_place import place
from app.web.passwords import passwords

_WRONG = "The e-mail address or the password is wrong."


def _refused_token(response: Response) -> bool:
    return response.status_code == 403


@bp.route("/welcome", methods=["GET", "POST"])
@access(Access.SETUP)
@limiter.limit("20 per minute", methods=["POST"], deduct_when=_refused_token)
def welcome() -> ResponseReturnValue:
    """The first account, for whoever has the token that the terminal shows."""
    form = WelcomeForm()
    token = form.token.data or request.args.get("token", "")
    if request.method == "GET":
        form.token.data = token
        known = bool(token) and accounts.is_setup_token(db.session(), token)
        return render_template(
            "auth/welcome.html", form=form, token_form=TokenForm(), has_token=known, was_refused=bool(token) and not known
        )
    if "email" not in request.form:
        return _take_token(token)
    if form.validate():
        response = _create_first_account(form, passwords())
        if response is not None:
            return response
    return render_template("auth/welcome.html", form=form, has_token=True), 422


def _take_token(token: str) -> ResponseReturnValue:
    if accounts.is_setup_token(db.session(), token):
        form = WelcomeForm(formdata=None, token=token)
        return render_template("auth/welcome.html", form=form, has_token=True)
    return render_template("auth/welcome.html", token_form=TokenForm(formdata=None), has_token=False, was_refused=True), 403


def _create_first_account(form: WelcomeForm, by: Passwords) -> ResponseReturnValue | None:
    now = utc_now()
    try:
        user = accounts.create_first_account(db.session(), by, form.token.data or "", form.email.data or "", form.password.data or "", now)
    except SetupTokenRefused:
        return render_template("auth/welcome.html", token_form=TokenForm(formdata=None), has_token=False, was_refused=True), 403
    except AccountRefused as error:
        form.email.errors = [str(error)]
        return None
    except PasswordRefused as error:
        form.password.errors = [str(error)]
        return None
    response = make_response(redirect(home_url()))
    browser_session.begin(response, user.id, remember=False, now=now)
    return response


@bp.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
@access(Access.PUBLIC)
def sign_in_form() -> ResponseReturnValue:
    """One text for a wrong address and a wrong password."""
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(local_next(home_url()))
        if not accounts.accounts_exist(db.session()):
            return redirect(url_for("auth.welcome"))
    form = SignInForm()
    if request.method == "GET":
        form.next.data = local_next("")
        return _sign_in_page(form)
    if not form.validate():
        return _sign_in_page(form), 422
    now = utc_now()
    try:
        user_id = sign_in.check_password(
            db.session(), passwords(), form.email.data or "", form.password.data or "", request.remote_addr or "", now
        )
    except SignInRefused:
        return _sign_in_page(form, _WRONG), 401
    except TooManyTries as error:
        return throttled.page("auth/sign_in.html", error, form=form, has_passkeys=_has_passkeys())
    remember = bool(form.remember.data)
    if sign_in.asks_for_code(db.session(), user_id):
        return ask_for_code(user_id, remember=remember, now=now)
    response = make_response(redirect(local_next(home_url())))
    browser_session.begin(response, user_id, remember=remember, now=now)
    return response


def _sign_in_page(form: SignInForm, problem: str = "") -> str:
    return render_template("auth/sign_in.html", form=form, problem=problem, has_passkeys=_has_passkeys())


def _has_passkeys() -> bool:
    return passkeys.any_for(db.session(), place().host)


@bp.route("/confirm", methods=["GET", "POST"])
@access(Access.USER)
def confirm() -> ResponseReturnValue:
    """The password once more, before secrets and control."""
    form = ConfirmForm()
    if request.method == "GET":
        form.next.data = local_next("")
        return render_template("auth/confirm.html", form=form)
    if not form.validate():
        return render_template("auth/confirm.html", form=form), 422
    now = utc_now()
    try:
        sign_in.check_password(db.session(), passwords(), current_user.email, form.password.data or "", request.remote_addr or "", now)
    except SignInRefused:
        return render_template("auth/confirm.html", form=form, problem="The password is wrong."), 401
    except TooManyTries as error:
        return throttled.page("auth/confirm.html", error, form=form)
    response = make_response(redirect(local_next(home_url())))
    browser_session.renew(response, now=now)
    return response


@bp.post("/sign-out")
@access(Access.USER)
def sign_out() -> ResponseReturnValue:
    response = make_response(redirect(url_for("auth.sign_in")))
    browser_session.end(response, now=utc_now())
    flash("You are signed out.")
    return response
