"""API tokens of the site that is shown: made, listed, revoked."""

from datetime import timedelta

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import utc_now
from app.extensions import db
from app.services import api_tokens
from app.services.api_tokens import TokenRefused
from app.web.access import Access, access, current_site_or_404
from app.web.account.blueprint import bp
from app.web.account.forms import SCOPES, TokenForm


@bp.get("/tokens")
@access(Access.OWNER)
def tokens() -> ResponseReturnValue:
    return _page(TokenForm(formdata=None))


@bp.post("/tokens")
@access(Access.CONTROL)
def make_token() -> ResponseReturnValue:
    """Shows the token, this once."""
    form, site = TokenForm(), current_site_or_404()
    if not form.validate():
        return _page(form), 422
    days = int(form.lives_for.data)
    try:
        token = api_tokens.make(
            db.session(),
            site.id,
            current_user.id,
            form.name.data or "",
            form.scope.data,
            timedelta(days=days) if days else None,
            utc_now(),
        )
    except TokenRefused as error:
        form.name.errors = [str(error)]
        return _page(form), 422
    return _page(TokenForm(formdata=None), made=token)


@bp.post("/tokens/<int:token_id>/revoke")
@access(Access.CONTROL)
def revoke_token(token_id: int) -> ResponseReturnValue:
    if not api_tokens.revoke(db.session(), current_site_or_404().id, token_id):
        abort(404)
    flash("The token is revoked. The program that has it gets no answer any more.")
    return redirect(url_for("account.tokens"))


def _page(form: TokenForm, made: str = "") -> str:
    site, now = current_site_or_404(), utc_now()
    found = api_tokens.tokens_of(db.session(), site.id)
    return render_template("account/tokens.html", form=form, site=site, scopes=SCOPES, tokens=found, made=made, now=now)
