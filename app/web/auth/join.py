"""The link of an invitation: an account that is signed in joins, anybody else signs in first or makes an account."""

from flask import Response, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import utc_now
from app.extensions import db, limiter
from app.models.site import Site
from app.services import members
from app.services.accounts import AccountRefused
from app.services.members import GONE, InvitationRefused
from app.services.passwords import PasswordRefused
from app.web.access import Access, access, home_url, remember_site
from app.web.auth import browser_session
from app.web.auth.blueprint import bp
from app.web.auth.forms import WelcomeForm
from app.web.passwords import passwords


def _is_refused(response: Response) -> bool:
    return response.status_code == 403


@bp.route("/join", methods=["GET", "POST"])
@access(Access.PUBLIC)  # for who has the link
@limiter.limit("20 per minute", methods=["POST"], deduct_when=_is_refused)
def join() -> ResponseReturnValue:
    """Looking at a link changes nothing; the button takes the invitation."""
    token = request.values.get("token", "")
    site = members.home_of(db.session(), token, utc_now()) if token else None
    if site is None:
        return _page(WelcomeForm(formdata=None), None, problem=GONE), 403 if request.method == "POST" else 404
    form = WelcomeForm(formdata=None, token=token) if request.method == "GET" else WelcomeForm()
    if request.method == "GET":
        return _page(form, site)
    return _joined(token, site) if current_user.is_authenticated else _joined_with_account(form, token, site)


def _joined(token: str, site: Site) -> ResponseReturnValue:
    try:
        joined = members.accept(db.session(), token, current_user.id, utc_now())
    except InvitationRefused as refused:
        return _page(WelcomeForm(formdata=None), site, problem=str(refused)), 409
    return _welcome(make_response(redirect(home_url())), joined)


def _joined_with_account(form: WelcomeForm, token: str, site: Site) -> ResponseReturnValue:
    if not form.validate():
        return _page(form, site), 422
    now = utc_now()
    try:
        user_id = members.accept_with_new_account(db.session(), passwords(), token, form.email.data or "", form.password.data or "", now)
    except InvitationRefused as refused:
        return _page(form, None, problem=str(refused)), 403
    except AccountRefused as error:
        form.email.errors = [str(error)]
        return _page(form, site), 422
    except PasswordRefused as error:
        form.password.errors = [str(error)]
        return _page(form, site), 422
    response = make_response(redirect(home_url()))
    browser_session.begin(response, user_id, remember=False, now=now)
    return _welcome(response, site)


def _welcome(response: Response, site: Site) -> Response:
    remember_site(response, site)
    flash(f"You see {site.name} from now on. Its owner controls it.")
    return response


def _page(form: WelcomeForm, site: Site | None, problem: str = "") -> str:
    return render_template("auth/join.html", form=form, site=site, problem=problem)
