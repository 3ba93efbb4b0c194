"""Signing in with a passkey. The script of the page talks to the device; both addresses take and give JSON."""

from flask import jsonify, request, session
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.extensions import db, limiter
from app.services import passkeys
from app.services.passkeys import PasskeyRefused
from app.web.access import Access, access, home_url, is_local_path
from app.web.auth import browser_session
from app.web.auth.blueprint import bp
from app.web.passkey_place import place

_CHALLENGE = "passkey_sign_in"  # in the form cookie: the answer must come from the browser that asked


@bp.post("/sign-in/passkey/options")
@access(Access.PUBLIC)
@limiter.limit("20 per minute")
def passkey_options() -> ResponseReturnValue:
    """What the device has to sign."""
    options = passkeys.authentication(db.session(), place(), utc_now())
    session[_CHALLENGE] = options["challenge"]
    return jsonify(options)


@bp.post("/sign-in/passkey")
@access(Access.PUBLIC)
@limiter.limit("20 per minute")
def passkey_sign_in() -> ResponseReturnValue:
    """{credential, remember, next} → {next}, signed in; 401 {problem}."""
    sent, now = request.get_json(silent=True), utc_now()
    challenge = session.pop(_CHALLENGE, "")
    if not isinstance(sent, dict) or not isinstance(sent.get("credential"), dict) or not challenge:
        return jsonify(problem="Load the page again, then try once more."), 400
    try:
        user_id = passkeys.sign_in(db.session(), sent["credential"], challenge, place(), now)
    except PasskeyRefused as refused:
        return jsonify(problem=str(refused)), 401
    target = sent.get("next")
    response = jsonify(next=target if isinstance(target, str) and is_local_path(target) else home_url())
    browser_session.begin(response, user_id, remember=sent.get("remember") is True, now=now)
    return response
