"""Forms of the account page."""

from wtforms import PasswordField
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
