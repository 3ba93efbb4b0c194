"""flask user: creating accounts and getting back into one."""

import json

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.user import User
from app.services import second_factor, sign_in
from app.services.passwords import Passwords
from tests.conftest import NOW, PASSWORD


def test_an_account_is_made_from_one_line_of_input(app: Flask, session: Session, passwords: Passwords):
    result = app.test_cli_runner().invoke(args=["user", "create", "Me@Example.com", "--json"], input=f"{PASSWORD}\nsecond line\n")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"email": "me@example.com", "created": True}
    user = session.scalars(select(User)).one()
    assert passwords.match(user.password_hash, PASSWORD)
    assert user.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("arguments", "line", "code", "words"),
    [
        (["user", "create", "owner@example.com"], PASSWORD, 1, "exists already"),
        (["user", "create", "no-address"], PASSWORD, 1, "not an e-mail address"),
        (["user", "create", "b@example.com"], "short", 1, "12 characters"),
        (["user", "create", "b@example.com"], "", 1, "no password"),
        (["user", "create"], PASSWORD, 2, "EMAIL"),
        (["user", "create", "b@example.com", "--admin"], PASSWORD, 2, "--admin"),
        (["user", "erase", "b@example.com"], PASSWORD, 2, "erase"),
        (["user", "password", "nobody@example.com"], PASSWORD, 1, "no account"),
        (["user", "reset-2fa", "nobody@example.com"], "", 1, "no account"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(app: Flask, owner: User, arguments: list[str], line: str, code: int, words: str):
    result = app.test_cli_runner().invoke(args=arguments, input=line + "\n")
    assert result.exit_code == code
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert words in result.stderr


def test_a_database_that_is_not_set_up_is_named(app: Flask, session: Session):
    session.connection().exec_driver_sql('DROP TABLE "user"')
    session.commit()
    result = app.test_cli_runner().invoke(args=["user", "create", "me@example.com"], input=PASSWORD + "\n")
    assert result.exit_code == 1
    assert result.stderr == "Error: the database is not set up: run flask db upgrade\n"


def test_a_new_password_lets_the_owner_in_and_everybody_else_out(app: Flask, owner: User, session: Session, passwords: Passwords):
    token = sign_in.start_session(session, owner.id, remember=True, user_agent="", ip="", now=NOW)
    result = app.test_cli_runner().invoke(args=["user", "password", "Owner@example.com"], input="four other random words\n")
    assert result.exit_code == 0
    assert sign_in.signed_in(session, token, NOW) is None
    session.commit()
    assert sign_in.check_password(session, passwords, owner.email, "four other random words", "", NOW) == owner.id


def test_a_lost_phone_is_told_to_the_command_line(app: Flask, owner: User, session: Session):
    second_factor.begin(session, owner.id, NOW)
    key = second_factor.waiting_key(session, owner.id, owner.email)
    assert key is not None
    second_factor.switch_on(session, owner.id, owner.email, pyotp.TOTP(key.secret).at(NOW), "", 0, NOW)
    token = sign_in.start_session(session, owner.id, remember=True, user_agent="", ip="", now=NOW)
    result = app.test_cli_runner().invoke(args=["user", "reset-2fa", "Owner@example.com", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"email": "owner@example.com", "was_on": True, "passkeys_removed": 0}
    session.rollback()
    assert not sign_in.asks_for_code(session, owner.id)
    assert sign_in.signed_in(session, token, NOW) is None
    session.rollback()
    again = app.test_cli_runner().invoke(args=["user", "reset-2fa", "owner@example.com"])
    assert (again.exit_code, again.stdout) == (0, "Two-step sign-in of owner@example.com is off, as it was; passkeys removed: 0.\n")
