"""The steps of the page, each of them a button. The key page alone is public."""

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import utc_now
from app.control.connections import brand_of
from app.devices.tesla.partner import KEY_PAGE
from app.extensions import db
from app.services.tesla import application, keys, registering, signing_in, steps
from app.services.tesla.application import ApplicationFields, NotYours, Stated
from app.surroundings import surroundings_of_app
from app.web.access import Access, access, current_site_or_404, owns, recently_authenticated
from app.web.devices.editors import signed_in_on
from app.web.devices.linking import TOO_OFTEN, may_try
from app.web.model_drawing import draw
from app.web.model_form import ModelForm
from app.web.settings.more import offer

bp = Blueprint("tesla", __name__)
bp.record_once(lambda state: offer(state.app, "Tesla", "tesla.show"))
bp.record_once(lambda state: signed_in_on(state.app, brand_of("battery", application.VENDOR), "tesla.show"))
_STATE = "tesla_sign_in"  # in the browser's signed cookie
_NOT_YOURS = "Another account of this installation entered the application. It alone changes it."


@bp.get(KEY_PAGE)
@access(Access.PUBLIC)
def key_page() -> ResponseReturnValue:
    """The public key of this installation (Tesla Fleet API, "Developer guide")."""
    pem = application.public_key(db.session()) or abort(404)
    return Response(pem, mimetype="application/x-pem-file", headers={"Cache-Control": "public, max-age=300"})


@bp.get("/settings/tesla")
@access(Access.OWNER)
def show() -> ResponseReturnValue:
    stated = _stated()
    return _page(stated, _form(stated))


@bp.post("/settings/tesla/application")
@access(Access.OWNER)
@recently_authenticated
def save_application() -> ResponseReturnValue:
    """Client id, secret, redirect address, domain and region."""
    stated = _stated()
    form = _form(stated, is_sent=True)
    fields = form.validated({"client_secret": stated.client_secret} if stated.client_secret else {})
    if not isinstance(fields, ApplicationFields):
        return _page(stated, form), 422
    try:
        application.save(db.session(), stated, fields, current_user.id, utc_now())
    except NotYours:
        flash(_NOT_YOURS, "error")
        return redirect(url_for("tesla.show"))
    flash("Your application is saved.")
    return _back("application")


@bp.post("/settings/tesla/key")
@access(Access.OWNER)
@recently_authenticated
def make_key() -> ResponseReturnValue:
    """A new key pair, in place of the one before: the registration is then to be made again."""
    stated = _stated()
    private_pem, public_pem = keys.new_pair()
    try:
        application.save_key(db.session(), stated, private_pem, public_pem, current_user.id, utc_now())
    except NotYours:
        flash(_NOT_YOURS, "error")
        return redirect(url_for("tesla.show"))
    flash("A new key is made. Its page is open now.")
    return _back("key")


@bp.post("/settings/tesla/key-page")
@access(Access.OWNER)
def check_key_page() -> ResponseReturnValue:
    """Whether the page opens under its public name."""
    stated = _stated()
    if stated.domain and stated.public_key and _may_ask(stated):
        outcome = registering.check_key_page(surroundings_of_app(), stated, current_user.id, utc_now())
        flash(outcome.words, "message" if outcome.is_good else "warn")
    return _back("key_page")


@bp.post("/settings/tesla/registration")
@access(Access.OWNER)
@recently_authenticated
def register() -> ResponseReturnValue:
    """Tell Tesla of the domain, in the region of the application."""
    stated = _stated()
    if not stated.lacks and stated.public_key and _may_ask(stated):
        outcome = registering.register_here(surroundings_of_app(), stated, current_user.id, utc_now())
        flash(outcome.words, "message" if outcome.is_good else "warn")
    return _back("register")


@bp.post("/settings/tesla/sign-in")
@access(Access.OWNER)
@recently_authenticated
def begin() -> ResponseReturnValue:
    """A page with the way to Tesla: a form may not lead to another host (its policy forbids it), a link may."""
    site, stated = current_site_or_404(), _stated()
    if stated.lacks:
        return _back("application")
    url, state = signing_in.begin(db.session(), surroundings_of_app(), stated.as_application(), site.id, current_user.id, utc_now())
    session[_STATE] = state
    return render_template("tesla/leave.html", site=site, url=url, redirect_uri=stated.redirect_uri, here=_address())


@bp.get("/settings/tesla/callback")
@access(Access.OWNER)
def callback() -> ResponseReturnValue:
    """Where Tesla sends the browser back to. The state in its cookie, used once, says that it is the one that went."""
    site, stated = current_site_or_404(), _stated()
    user_id = current_user.id
    db.session.commit()  # no transaction stays open while Tesla is asked
    try:
        problem = signing_in.finish(
            surroundings_of_app(), stated.client_secret, request.url, session.pop(_STATE, None), site.id, user_id, utc_now()
        )
    except signing_in.NotSignedIn as error:
        flash(str(error), "error")
        return _back("sign_in")
    flash(problem or "You are signed in at Tesla.", "warn" if problem else "message")
    return _back("sign_in" if problem else "link")


@bp.post("/settings/tesla/sign-out")
@access(Access.CONTROL)
def sign_out() -> ResponseReturnValue:
    """Forget the home's tokens."""
    try:
        signing_in.sign_out(db.session(), current_site_or_404().id)
    except signing_in.StillInUse:
        db.session.rollback()
        flash("Your battery still runs on PowerSync's settings. Switch control off and wait until yours are back.", "error")
        return _back("sign_in")
    flash("The sign-in at Tesla is forgotten here. You can also end it in your Tesla account, under third-party apps.")
    return _back("sign_in")


def _stated() -> Stated:
    return application.stated(db.session(), current_app.config["POWERSYNC"].environment)


def _may_ask(stated: Stated) -> bool:
    if not stated.may_be_changed_by(current_user.id):
        flash(_NOT_YOURS, "error")
        return False
    if not may_try():
        flash(TOO_OFTEN, "warn")
        return False
    db.session.commit()  # no transaction stays open while somebody is asked
    return True


def _form(stated: Stated, *, is_sent: bool = False) -> ModelForm:
    values = {name: getattr(stated, name) for name in ("client_id", "redirect_uri", "domain", "region")}
    values["redirect_uri"] = values["redirect_uri"] or _address()
    return draw(
        ApplicationFields,
        values=values,
        sent=request.form if is_sent else None,
        leave_out=tuple(sorted(stated.from_environment)),
        has_secrets=bool(stated.client_secret),
    )


def _address() -> str:
    """Where this browser reached PowerSync: the redirect address must lead to the same place, as the cookie belongs there."""
    return url_for("tesla.callback", _external=True)


def _back(anchor: str) -> ResponseReturnValue:
    return redirect(url_for("tesla.show", _anchor=anchor))


def _page(stated: Stated, form: ModelForm) -> str:
    site = current_site_or_404()
    return render_template(
        "tesla/show.html",
        site=site,
        stated=stated,
        fixed=[(name, application.ENVIRONMENT[name]) for name in sorted(stated.from_environment)],
        titles={name: info.title for name, info in ApplicationFields.model_fields.items()},
        form=form,
        way=steps.way(db.session(), site, stated),
        may_change=owns(site) and stated.may_be_changed_by(current_user.id),
        callback=_address(),
    )
