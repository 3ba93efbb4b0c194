"""Codes of an authenticator app: taken once, counted like passwords, and what replaces a lost phone."""

import threading
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session, undefer

from app.models.second_factor import AuthenticatorApp, HalfSignIn, RecoveryCode
from app.models.session import WebSession
from app.models.types import SecretUnreadable
from app.models.user import User
from app.services import half_sign_in, recovery_codes, second_factor, sign_in
from app.services.passwords import Passwords
from app.services.second_factor import AlreadyOn, NotBegun
from app.services.sign_in import SignInRefused
from app.services.tries import TooManyTries
from tests.conftest import NOW, PASSWORD

HOME = "192.0.2.10"
STEP = timedelta(seconds=30)


def switched_on(session: Session, user: User, now: datetime = NOW - timedelta(hours=1)) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """The owner's app, and the recovery codes."""
    second_factor.begin(session, user.id, now)
    key = second_factor.waiting_key(session, user.id, user.email)
    assert key is not None
    app = pyotp.TOTP(key.secret)
    return app, second_factor.switch_on(session, user.id, user.email, app.at(now), HOME, 0, now)


def enter(session: Session, user: User, code: str, now: datetime = NOW, ip: str = HOME) -> bool:
    return second_factor.check(session, user.id, user.email, code, ip, now)


def test_the_address_of_the_key_is_what_apps_read(session: Session, owner: User):
    second_factor.begin(session, owner.id, NOW)
    key = second_factor.waiting_key(session, owner.id, owner.email)
    assert key is not None
    read = pyotp.parse_uri(key.address)
    assert (read.name, read.issuer, read.secret) == ("owner@example.com", "PowerSync", key.secret)
    assert len(key.secret) == 32  # 160 bits
    assert key.secret not in repr(key)


def test_the_key_counts_only_once_a_code_of_it_was_entered(session: Session, owner: User):
    with pytest.raises(NotBegun):
        second_factor.switch_on(session, owner.id, owner.email, "000000", HOME, 0, NOW)
    second_factor.begin(session, owner.id, NOW)
    assert not sign_in.asks_for_code(session, owner.id)
    key = second_factor.waiting_key(session, owner.id, owner.email)
    assert key is not None
    wrong = pyotp.TOTP(key.secret).at(NOW + 10 * STEP)
    with pytest.raises(SignInRefused):
        second_factor.switch_on(session, owner.id, owner.email, wrong, HOME, 0, NOW)
    assert not sign_in.asks_for_code(session, owner.id)
    second_factor.switch_on(session, owner.id, owner.email, pyotp.TOTP(key.secret).at(NOW), HOME, 0, NOW)
    assert sign_in.asks_for_code(session, owner.id)
    assert second_factor.waiting_key(session, owner.id, owner.email) is None  # it is not shown again
    with pytest.raises(AlreadyOn):
        second_factor.begin(session, owner.id, NOW)


def test_switching_on_ends_all_other_sessions(session: Session, owner: User):
    mine, theirs = (sign_in.start_session(session, owner.id, remember=True, user_agent="", ip=ip, now=NOW) for ip in (HOME, "198.51.100.7"))
    second_factor.begin(session, owner.id, NOW)
    key = second_factor.waiting_key(session, owner.id, owner.email)
    found = sign_in.signed_in(session, mine, NOW)
    assert key is not None
    assert found is not None
    second_factor.switch_on(session, owner.id, owner.email, pyotp.TOTP(key.secret).at(NOW), HOME, found.session_id, NOW)
    assert sign_in.signed_in(session, mine, NOW) is not None
    assert sign_in.signed_in(session, theirs, NOW) is None


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_be_half_a_minute_apart(session: Session, owner: User, steps: int, is_taken: bool):
    app, _ = switched_on(session, owner)
    code = app.at(NOW + steps * STEP)
    if is_taken:
        assert enter(session, owner, code) is False
    else:
        with pytest.raises(SignInRefused):
            enter(session, owner, code)


def test_a_code_is_taken_once_and_none_from_before_it(session: Session, owner: User):
    app, _ = switched_on(session, owner)
    enter(session, owner, app.at(NOW))
    for code in (app.at(NOW), app.at(NOW - STEP)):
        with pytest.raises(SignInRefused):
            enter(session, owner, code, NOW + timedelta(seconds=1))
    enter(session, owner, app.at(NOW + STEP), NOW + STEP)


def test_the_code_that_switched_it_on_does_not_sign_in(session: Session, owner: User):
    app, _ = switched_on(session, owner, NOW)
    with pytest.raises(SignInRefused):
        enter(session, owner, app.at(NOW))


def test_of_many_at_once_with_the_same_code_one_gets_in(any_engine: Engine):
    with Session(any_engine, expire_on_commit=False) as session:
        user = User(email="owner@example.com", created_at=NOW)
        session.add(user)
        session.commit()
        app, codes = switched_on(session, user)
        user_id = user.id
    outcomes: list[str] = []

    def go(code: str, ip: str) -> None:
        with Session(any_engine) as mine:
            try:
                second_factor.check(mine, user_id, "owner@example.com", code, ip, NOW)
                outcomes.append("in")
            except (SignInRefused, TooManyTries) as error:
                outcomes.append(type(error).__name__)

    for code in (app.at(NOW), codes[0]):
        outcomes.clear()
        crowd = [threading.Thread(target=go, args=(code, f"198.51.100.{number}")) for number in range(4)]
        for each in crowd:
            each.start()
        for each in crowd:
            each.join()
        assert outcomes.count("in") == 1, outcomes
        with Session(any_engine) as session:
            session.execute(text("DELETE FROM login_attempt"))
            session.commit()


def test_a_recovery_code_works_once_however_it_is_typed(session: Session, owner: User):
    _, codes = switched_on(session, owner)
    assert len(set(codes)) == 10
    assert recovery_codes.left(session, owner.id) == 10
    typed = codes[3].upper().replace("-", " ").replace("1", "l").replace("0", "O")
    assert enter(session, owner, f" {typed} ") is True
    assert recovery_codes.left(session, owner.id) == 9
    with pytest.raises(SignInRefused):
        enter(session, owner, codes[3])
    assert enter(session, owner, codes[4]) is True


def test_nobodys_recovery_code_signs_another_in(session: Session, owner: User):
    _, codes = switched_on(session, owner)
    other = User(email="other@example.com", created_at=NOW)
    session.add(other)
    session.commit()
    switched_on(session, other)
    with pytest.raises(SignInRefused):
        enter(session, other, codes[0])
    assert enter(session, owner, codes[0]) is True


def test_neither_key_nor_codes_stand_readable_in_the_database(session: Session, owner: User):
    app, codes = switched_on(session, owner)
    stored = session.execute(text("SELECT secret FROM authenticator_app")).scalar_one()
    assert app.secret not in stored
    hashes = session.scalars(select(RecoveryCode.code_hash)).all()
    assert not [each for each in codes for stored in hashes if each.replace("-", "") in stored]


def test_new_recovery_codes_end_the_earlier_ones(session: Session, owner: User):
    _, codes = switched_on(session, owner)
    fresh = second_factor.new_recovery_codes(session, owner.id, 0, NOW)
    with pytest.raises(SignInRefused):
        enter(session, owner, codes[0])
    assert enter(session, owner, fresh[0]) is True


def test_whoever_knows_the_password_cannot_guess_codes_without_end(session: Session, owner: User, passwords: Passwords):
    """The right password in between must not begin the count afresh."""
    switched_on(session, owner)
    now, guesses, number = NOW, 0, 0
    while now - NOW < timedelta(hours=1) and number < 500:
        number += 1
        ip = f"198.51.100.{number % 250}"
        try:
            sign_in.check_password(session, passwords, owner.email, PASSWORD, ip, now)
            with pytest.raises(SignInRefused):
                enter(session, owner, "wrong!", now, ip)
            guesses += 1
        except TooManyTries as error:
            now += error.retry_after
    assert guesses <= 14


def test_a_right_password_after_some_wrong_ones_does_not_hold_the_code_up(session: Session, owner: User, passwords: Passwords):
    app, _ = switched_on(session, owner)
    for number in range(4):
        with pytest.raises(SignInRefused):
            sign_in.check_password(session, passwords, owner.email, "wrong", f"198.51.100.{number}", NOW)
    sign_in.check_password(session, passwords, owner.email, PASSWORD, HOME, NOW)
    assert enter(session, owner, app.at(NOW)) is False
    for number in range(4):  # all is right: the count begins afresh
        with pytest.raises(SignInRefused):
            sign_in.check_password(session, passwords, owner.email, "wrong", f"198.51.100.1{number}", NOW)


def test_with_a_lost_encryption_key_recovery_codes_still_sign_in(session: Session, owner: User):
    app, codes = switched_on(session, owner)
    session.execute(text("UPDATE authenticator_app SET secret = 'not decrypted by any key'"))
    session.commit()
    assert sign_in.asks_for_code(session, owner.id)
    with pytest.raises(SecretUnreadable):
        enter(session, owner, app.at(NOW))
    session.rollback()
    assert enter(session, owner, codes[0]) is True


def test_switching_off_forgets_everything(session: Session, owner: User):
    switched_on(session, owner)
    half_sign_in.begin(session, owner.id, remember=False, now=NOW)
    token = sign_in.start_session(session, owner.id, remember=True, user_agent="", ip=HOME, now=NOW)
    assert second_factor.switch_off(session, owner.id, NOW) is True
    assert sign_in.signed_in(session, token, NOW) is None
    for table in (AuthenticatorApp, RecoveryCode, HalfSignIn):
        assert session.scalars(select(table)).all() == []
    assert second_factor.switch_off(session, owner.id, NOW) is False


def test_a_half_sign_in_ends_after_ten_minutes_and_with_a_new_password(session: Session, owner: User):
    token = half_sign_in.begin(session, owner.id, remember=True, now=NOW)
    found = half_sign_in.find(session, token, NOW + timedelta(minutes=9))
    assert found is not None
    assert (found.user_id, found.email, found.remember) == (owner.id, owner.email, True)
    assert half_sign_in.find(session, token, NOW + timedelta(minutes=10)) is None
    assert half_sign_in.find(session, token + "x", NOW) is None
    session.execute(update(User).values(password_set_at=NOW + timedelta(minutes=1)))
    assert half_sign_in.find(session, token, NOW + timedelta(minutes=2)) is None


def test_a_half_sign_in_is_finished_once(session: Session, owner: User):
    token = half_sign_in.begin(session, owner.id, remember=True, now=NOW)
    assert half_sign_in.end(session, token) is True
    assert half_sign_in.end(session, token) is False
    assert session.scalars(select(WebSession)).all() == []


def test_codes_are_those_of_rfc_6238(session: Session, owner: User):
    """The test vectors of RFC 6238, appendix B, in six digits: SHA-1, 30 s."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890"
    switched_on(session, owner)
    row = session.scalars(select(AuthenticatorApp).options(undefer(AuthenticatorApp.secret))).one()
    row.secret, row.last_step = secret, 0
    session.commit()
    for second, code in ((1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")):
        assert enter(session, owner, code, datetime.fromtimestamp(second, UTC), f"198.51.100.{second % 200}") is False
