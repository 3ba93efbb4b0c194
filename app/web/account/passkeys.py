"""The account's passkeys: added by the device's own dialogue, listed with names, removed."""

from flask import abort, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import utc_now
from app.extensions import db
from app.services import passkeys
from app.services.passkeys import LONGEST_NAME, PasskeyRefused
from app.web.access import Access, access, recently_authenticated
from app.web.account.blueprint import bp
from app.web.passkey_place import place

_ASKED = "passkey_asked"  # in the form cookie: challenge and user handle, as the device was told them


@bp.get("/passkeys")
@access(Access.USER)
@recently_authenticated
def show_passkeys() -> ResponseReturnValue:
    found = passkeys.passkeys_of(db.session(), current_user.id)
    return render_template("account/passkeys.html", passkeys=found, here=place(), longest_name=LONGEST_NAME)


@bp.post("/passkeys/options")
@access(Access.USER)
@recently_authenticated
def new_passkey_options() -> ResponseReturnValue:
    """What the device has to sign to make a passkey."""
    try:
        options = passkeys.registration(db.session(), current_user.id, current_user.email, place(), utc_now())
    except PasskeyRefused as refused:
        return jsonify(problem=str(refused)), 409
    session[_ASKED] = [options["challenge"], options["user"]["id"]]
    return jsonify(options)


@bp.post("/passkeys")
@access(Access.USER)
@recently_authenticated
def add_passkey() -> ResponseReturnValue:
    """{name, credential} → {next}; 422 {problem}."""
    sent, asked = request.get_json(silent=True), session.pop(_ASKED, None)
    if not isinstance(sent, dict) or not isinstance(sent.get("credential"), dict) or not asked:
        return jsonify(problem="Load the page again, then try once more."), 400
    challenge, handle = asked
    name = sent.get("name")
    try:
        added = passkeys.add(
            db.session(),
            current_user.id,
            name if isinstance(name, str) else "",
            sent["credential"],
            (challenge, handle),
            place(),
            utc_now(),
        )
    except PasskeyRefused as refused:
        return jsonify(problem=str(refused)), 422
    flash(f"The passkey “{added.name}” is added. It signs you in from now on.")
    return jsonify(next=url_for("account.show_passkeys"))


@bp.post("/passkeys/<int:passkey_id>/remove")
@access(Access.USER)
@recently_authenticated
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    if not passkeys.remove(db.session(), current_user.id, passkey_id, current_user.session_id, utc_now()):
        abort(404)
    flash("The passkey is removed here, and all other browsers are signed out. Delete it on the device as well.")
    return redirect(url_for("account.show_passkeys"))
