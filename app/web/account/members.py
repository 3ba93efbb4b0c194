"""Who may see the home that is shown: invited by its owner, removed by him."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import utc_now
from app.extensions import db
from app.services import members as service
from app.services.members import InvitationRefused
from app.web.access import Access, access, current_site_or_404
from app.web.account.blueprint import bp
from app.web.account.forms import InvitationForm


@bp.get("/members")
@access(Access.OWNER)
def members() -> ResponseReturnValue:
    return _page(InvitationForm(formdata=None))


@bp.post("/members/invite")
@access(Access.CONTROL)
def invite_member() -> ResponseReturnValue:
    """Shows the link, this once."""
    form = InvitationForm()
    if not form.validate():
        return _page(form), 422
    try:
        token = service.invite(db.session(), current_site_or_404().id, current_user.id, form.note.data or "", utc_now())
    except InvitationRefused as refused:
        form.note.errors = [str(refused)]
        return _page(form), 422
    return _page(InvitationForm(formdata=None), link=url_for("auth.join", token=token, _external=True))


@bp.post("/members/invitations/<int:invitation_id>/withdraw")
@access(Access.CONTROL)
def withdraw_invitation(invitation_id: int) -> ResponseReturnValue:
    if not service.withdraw(db.session(), current_site_or_404().id, invitation_id):
        abort(404)
    flash("The invitation is withdrawn: its link no longer works.")
    return redirect(url_for("account.members"))


@bp.post("/members/<int:user_id>/remove")
@access(Access.CONTROL)
def remove_member(user_id: int) -> ResponseReturnValue:
    site = current_site_or_404()
    if not service.remove_viewer(db.session(), site.id, user_id):
        abort(404)
    flash(f"Removed: {site.name} is not shown to that account any more.")
    return redirect(url_for("account.members"))


def _page(form: InvitationForm, link: str = "") -> str:
    site, now = current_site_or_404(), utc_now()
    return render_template(
        "account/members.html",
        form=form,
        site=site,
        members=service.members_of(db.session(), site.id),
        invitations=service.open_invitations(db.session(), site.id, now),
        link=link,
    )
