"""The account: password, the browsers that are signed in, the site that is shown."""

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import utc_now
from app.extensions import db
from app.models.site import Site
from app.services import accounts, passkeys, recovery_codes, sign_in
from app.services.passwords import PasswordRefused
from app.services.sign_in import SignInRefused
from app.services.tries import TooManyTries
from app.web import throttled
from app.web.access import Access, access, current_site, own_site_or_404, owns, remember_site
from app.web.account.blueprint import bp
from app.web.account.forms import PasswordForm
from app.web.auth import browser_session
from app.web.passwords import passwords


@bp.get("")
@access(Access.USER)
def show() -> ResponseReturnValue:
    return _page(PasswordForm(formdata=None))


@bp.post("/password")
@access(Access.USER)
def change_password() -> ResponseReturnValue:
    """Needs the present password; ends every other session."""
    form = PasswordForm()
    if not form.validate():
        return _page(form), 422
    now = utc_now()
    try:
        sign_in.check_password(db.session(), passwords(), current_user.email, form.present.data or "", request.remote_addr or "", now)
        accounts.set_password(db.session(), passwords(), current_user.id, form.new.data or "", now, keep_session_id=current_user.session_id)
    except SignInRefused:
        form.present.errors = ["This is not your present password."]
        return _page(form), 422
    except TooManyTries as error:
        form.present.errors = [throttled.words(error)]
        return _page(form), 429
    except PasswordRefused as error:
        form.new.errors = [str(error)]
        return _page(form), 422
    response = make_response(redirect(url_for("account.show")))
    browser_session.renew(response, now=now)
    flash("Your password is changed. All other browsers are signed out.")
    return response


@bp.post("/sessions/<int:session_id>/end")
@access(Access.USER)
def end_session(session_id: int) -> ResponseReturnValue:
    if not sign_in.end_session(db.session(), current_user.id, session_id, utc_now()):
        abort(404)
    flash("That browser is signed out.")
    return redirect(url_for("account.show"))


@bp.post("/sessions/end-others")
@access(Access.USER)
def end_other_sessions() -> ResponseReturnValue:
    sign_in.end_other_sessions(db.session(), current_user.id, current_user.session_id, utc_now())
    flash("All other browsers are signed out.")
    return redirect(url_for("account.show"))


@bp.post("/site")
@access(Access.USER)
def choose_site() -> ResponseReturnValue:
    """Which of several sites the pages show in this browser."""
    site = own_site_or_404(request.form.get("site_id", 0, type=int))
    response = make_response(redirect(url_for("account.show")))
    remember_site(response, site)
    return response


def _owned_site() -> Site | None:
    """The site that is shown, if the account owns it."""
    site = current_site()
    return site if site is not None and owns(site) else None


def _page(form: PasswordForm) -> str:
    return render_template(
        "account/show.html",
        form=form,
        sessions=sign_in.sessions_of(db.session(), current_user.id, utc_now()),
        asks_for_code=sign_in.asks_for_code(db.session(), current_user.id),
        passkey_count=passkeys.count_of(db.session(), current_user.id),
        owned_site=_owned_site(),
        codes_left=recovery_codes.left(db.session(), current_user.id),
    )
