"""Forms of the account page."""

from wtforms import PasswordField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from app.models.api_token import CONTROL, READ
from app.services.members import LONGEST_NOTE
from app.services.passwords import LEAST_LENGTH, MOST_LENGTH
from app.web.forms import Form


class PasswordForm(Form):
    present = PasswordField(
        "Present password",
        [InputRequired("Enter your present password."), Length(max=1024)],
        render_kw={"autocomplete": "current-password"},
    )
    new = PasswordField(
        "New password",
        [InputRequired("Choose a password."), Length(max=MOST_LENGTH)],
        render_kw={"autocomplete": "new-password", "minlength": str(LEAST_LENGTH)},
    )


class CodeForm(Form):
    """A code of the authenticator app, or a recovery code."""

    code = StringField(
        "Code",
        [InputRequired("Enter the code."), Length(max=40)],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"},
    )


SCOPES = ((READ, "Read"), (CONTROL, "Read and control"))
LIFETIMES = ((30, "30 days"), (90, "90 days"), (365, "1 year"), (0, "Until you revoke it"))  # days


class TokenForm(Form):
    """A new API token."""

    name = StringField(
        "What is it for?",
        [InputRequired("Give it a name."), Length(max=60, message="At most 60 characters, please.")],
        render_kw={"autocomplete": "off", "maxlength": "60"},
    )
    scope = RadioField(
        "What may it do?",
        [InputRequired("Choose what it may do.")],
        choices=[SelectChoice(value, words) for value, words in SCOPES],
        default=READ,
    )
    lives_for = SelectField(
        "How long",
        choices=[SelectChoice(str(days), words) for days, words in LIFETIMES],
        default="365",
    )


class InvitationForm(Form):
    """Somebody is let in to look."""

    note = StringField(
        "For whom?",
        [InputRequired("Say for whom."), Length(max=LONGEST_NOTE, message="At most 60 characters, please.")],
        render_kw={"autocomplete": "off", "maxlength": str(LONGEST_NOTE)},
    )
