"""Forms of the account page."""

from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

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
