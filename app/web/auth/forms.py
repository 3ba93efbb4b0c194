"""The forms of signing in. `autocomplete` tells password managers what is what."""

from wtforms import BooleanField, EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from app.services.passwords import LEAST_LENGTH, MOST_LENGTH
from app.web.forms import Form

_EMAIL = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
_PRESENT = {"autocomplete": "current-password"}
_NEW = {"autocomplete": "new-password", "minlength": str(LEAST_LENGTH)}


class SignInForm(Form):
    email = EmailField("E-mail", [InputRequired("Enter your e-mail address."), Length(max=254)], render_kw=_EMAIL)
    password = PasswordField("Password", [InputRequired("Enter your password."), Length(max=1024)], render_kw=_PRESENT)
    remember = BooleanField("Stay signed in on this device")
    next = HiddenField()


class CodeForm(Form):
    """Six digits of the app, or a recovery code, which has letters too."""

    code = StringField(
        "Code",
        [InputRequired("Enter the code."), Length(max=40)],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"},
    )
    next = HiddenField()


class WelcomeForm(Form):
    """A new account, for whoever holds the token: of the first start, or of an invitation."""

    token = HiddenField()
    email = EmailField("E-mail", [InputRequired("Enter your e-mail address."), Length(max=254)], render_kw=_EMAIL)
    password = PasswordField("Password", [InputRequired("Choose a password."), Length(max=MOST_LENGTH)], render_kw=_NEW)


class TokenForm(Form):
    """The set-up token, when it did not come with the address."""

    token = PasswordField("Set-up token", [InputRequired("Enter the token.")], render_kw={"autocomplete": "off"})


class ConfirmForm(Form):
    password = PasswordField("Password", [InputRequired("Enter your password."), Length(max=1024)], render_kw=_PRESENT)
    next = HiddenField()
