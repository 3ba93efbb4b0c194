"""From a typed key to a draft with the vendor's choices: the part that set-up and Devices have in common."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from flask import current_app, request
from flask_login import current_user
from limits import parse
from pydantic import BaseModel
from werkzeug.datastructures import MultiDict

from app.clock import utc_now
from app.devices.network_fields import WHY_NOT_HOST
from app.domain.brands import Brand
from app.extensions import db, limiter
from app.models.site import Site
from app.services import connecting, proving
from app.services.connecting import ChoiceRefused, Draft, DraftRefused
from app.services.connecting_zones import USUAL
from app.surroundings import surroundings_of_app
from app.transports.addresses import why_not_from_a_page
from app.transports.errors import CredentialsRefused, VendorError
from app.web.model_drawing import draw
from app.web.model_form import ModelForm
from app.web.model_rows import with_row, without_row

_TRIES = (parse("10 per minute"), parse("60 per hour"))
TOO_OFTEN = "You tested very often. Wait a minute, then test again."
EXPIRED = "Too much time has passed since the test. Enter it again and test once more."
NOT_CHOSEN = "Choose one of these."


def may_try() -> bool:
    """Counts a test of this account against the vendors: people, not scripts, press this button."""
    hits = [limiter.limiter.hit(rate, "vendor test", str(current_user.id)) for rate in _TRIES]
    return all(hits)


def brand_form(brand: Brand, values: Mapping[str, object] | None = None, *, is_sent: bool = False, has_secrets: bool = False) -> ModelForm:
    """The brand's own fields, without the one that is chosen from what the vendor offers; as they were sent, with the row that was added or
    taken away."""
    left_out = tuple(brand.choices)
    return draw(brand.fields, values=values, sent=_sent(brand) if is_sent else None, leave_out=left_out, has_secrets=has_secrets)


def redrawn(brand: Brand, site: Site | None, *, has_secrets: bool = False) -> ModelForm | None:
    """The form for a button that tests nothing: with a row more or less, or with what was tested before; None for the button that tests."""
    if "add" in request.form or "remove" in request.form:
        return brand_form(brand, is_sent=True, has_secrets=has_secrets)
    if "again" not in request.form:
        return None
    draft = sent_draft(site)
    return brand_form(brand, draft.values if draft is not None and draft.brand == brand.key else None, has_secrets=has_secrets)


def _sent(brand: Brand) -> MultiDict[str, str]:
    sent = request.form
    if "add" in sent:
        return with_row(sent, "", sent["add"], brand.fields)
    path, _, number = sent.get("remove", "").rpartition("-")
    return without_row(sent, "", path, int(number)) if number.isdecimal() else sent


def try_key(
    form: ModelForm,
    brand: Brand,
    *,
    site: Site | None = None,
    connection_id: int | None = None,
    home_name: str = "",
) -> Draft | None:
    """Test what was typed; None with the mistakes in the form. Ends the transaction before the vendor is asked."""
    kept = connecting.kept_secrets(db.session(), connection_id) if connection_id is not None else {}
    db.session.commit()
    fields = form.validated(kept, context={WHY_NOT_HOST: _why_not_host})
    if fields is None:
        return None
    if not may_try():
        form.problem = TOO_OFTEN
        return None
    now = utc_now()
    brand = brand.as_linked(fields.model_dump(mode="json"))
    site_id = site.id if site is not None else None
    try:
        choices = connecting.choices_for(surroundings_of_app(), brand, fields, now, site_id)
    except VendorError as error:
        _tell(form, error)
        return None
    if connecting.choice_field(brand) is None:
        refusal = _first_failure(brand, fields, site_id)
        if refusal is not None:
            form.problem = refusal
            return None
    draft = Draft(
        user_id=current_user.id,
        role=brand.role,
        brand=brand.key,
        values=connecting.values_with_secrets(fields),
        choices=choices,
        made_at=now,
        site_id=site_id,
        connection_id=connection_id,
        home_name=home_name,
    )
    if choices and not draft.usable:
        form.problem = f"{brand.vendor}: this account has nothing that can be linked: {_listed(draft)}."
        return None
    if connecting.choice_field(brand) is not None and not choices:
        form.problem = f"{brand.vendor}: the key works, and this account is empty. Is it the right account?"
        return None
    return draft


def _why_not_host(host: str) -> str | None:
    """Before anything is asked there: an owner's page must not reach what only this computer, or the world, is meant to reach."""
    return why_not_from_a_page(host, allows_this_computer=current_app.config["POWERSYNC"].allow_localhost_devices)


def _tell(form: ModelForm, error: VendorError) -> None:
    """A refused key stands at the key, everything else above the form."""
    words = proving.in_a_sentence(error)
    secret = next((item for item in form.items if item.kind == "secret"), None)
    if isinstance(error, CredentialsRefused) and secret is not None:
        secret.input.errors = [words]  # type: ignore[union-attr]
    else:
        form.problem = words


def _first_failure(brand: Brand, fields: BaseModel, site_id: int | None) -> str | None:
    proof = proving.prove(surroundings_of_app(), brand, fields, ZoneInfo(USUAL), utc_now(), site_id=site_id)
    return next((row.note for row in proof.rows if row.state == proving.FAILED), None)


def _listed(draft: Draft) -> str:
    return ", ".join(f"{choice.label} ({choice.note})" if choice.note else choice.label for choice in draft.choices)


def sent_draft(site: Site | None) -> Draft | None:
    """The draft that the browser carried, if it is this person's, of this home and not too old."""
    try:
        draft = connecting.opened(request.form.get("draft", ""), current_user.id, utc_now())
    except DraftRefused:
        return None
    return draft if draft.site_id == (site.id if site is not None else None) else None


def is_choice_good(draft: Draft) -> bool:
    """Whether the sent choice is one that the vendor offers."""
    try:
        draft.chosen(request.form.get("choice", ""))
    except ChoiceRefused:
        return False
    return True
