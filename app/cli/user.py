"""flask user: accounts, and recovering one."""

import click
from flask import current_app

from app.cli.command import OneLineGroup, emit, fail, json_option, read_password
from app.clock import utc_now
from app.extensions import db
from app.services import accounts, second_factor
from app.services.accounts import AccountRefused
from app.services.passwords import PasswordRefused, Passwords

user_commands = OneLineGroup("user", help="Accounts of the people who sign in.")


@user_commands.command("create")
@click.argument("email")
@json_option
def create(email: str, as_json: bool) -> None:
    """Create an account; the password is one line from standard input."""
    try:
        created = accounts.create_account(db.session(), _passwords(), email, read_password(), utc_now())
    except (AccountRefused, PasswordRefused) as error:
        fail(str(error))
    emit({"email": created.email, "created": True}, f"Account {created.email} created.", as_json)


@user_commands.command("password")
@click.argument("email")
@json_option
def password(email: str, as_json: bool) -> None:
    """Set the password of an account; one line from standard input. All its browsers are signed out."""
    try:
        found = accounts.find_user(db.session(), email)
        accounts.set_password(db.session(), _passwords(), found.id, read_password(), utc_now())
    except (AccountRefused, PasswordRefused) as error:
        fail(str(error))
    emit({"email": found.email, "changed": True}, f"Password of {found.email} changed.", as_json)


@user_commands.command("reset-2fa")
@click.argument("email")
@json_option
def reset_2fa(email: str, as_json: bool) -> None:
    """Switch two-step sign-in of an account off and remove its passkeys: its devices are lost. All its browsers are signed out."""
    try:
        found = accounts.find_user(db.session(), email)
    except AccountRefused as error:
        fail(str(error))
    was_on, passkeys = second_factor.reset(db.session(), found.id, utc_now())
    text = f"Two-step sign-in of {found.email} is off{'' if was_on else ', as it was'}; passkeys removed: {passkeys}."
    emit({"email": found.email, "was_on": was_on, "passkeys_removed": passkeys}, text, as_json)


def _passwords() -> Passwords:
    return current_app.extensions["powersync_passwords"]  # type: ignore[no-any-return]
