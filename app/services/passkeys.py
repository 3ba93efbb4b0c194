"""Passkeys (WebAuthn level 3): several per account, each with a name; one signs in without password and code, as the device asks for
its owner's finger, face or PIN itself."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.models.passkey import Passkey, PasskeyChallenge
from app.services.accounts import hash_token
from app.services.sign_in import revoke_sessions

OPEN_FOR = timedelta(minutes=5)
MOST_PASSKEYS = 20  # of one account
LONGEST_NAME = 60
_TRANSPORTS = frozenset(each.value for each in AuthenticatorTransport)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the browser is: `host` is what a passkey is bound to, `origin` the scheme, host and port of the page."""

    host: str
    origin: str


class PasskeyRefused(Exception):
    """The passkey is not taken. The text is for the person."""


def registration(session: Session, user_id: int, email: str, place: Place, now: datetime) -> dict[str, Any]:
    """What a device needs to make a passkey (PublicKeyCredentialCreationOptionsJSON). Commits. Raises PasskeyRefused."""
    known = passkeys_of(session, user_id)
    if len(known) >= MOST_PASSKEYS:
        raise PasskeyRefused(f"You have {MOST_PASSKEYS} passkeys. Remove one first.")
    handle = base64url_to_bytes(known[0].user_handle) if known else secrets.token_bytes(32)
    options = generate_registration_options(
        rp_id=place.host,
        rp_name="PowerSync",
        user_name=email,
        user_id=handle,
        challenge=_challenge(session, user_id, now),
        # The device keeps the account and checks its owner: then nothing else needs to be typed.
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[_descriptor(each) for each in known if each.host == place.host],
    )
    return options_to_json_dict(options)


def add(
    session: Session, user_id: int, name: str, credential: Mapping[str, Any], asked: tuple[str, str], place: Place, now: datetime
) -> Passkey:
    """Keep the passkey that a device made. `asked`: challenge and user handle as they were sent to it. Commits. Raises PasskeyRefused."""
    challenge, handle = asked
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise PasskeyRefused(f"Give it a name of at most {LONGEST_NAME} characters.")
    _use_up(session, challenge, user_id, now)
    try:
        parsed = parse_registration_credential_json(dict(credential))
        _check_origin(parsed.response.client_data_json, place)
        made = verify_registration_response(
            credential=parsed,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise PasskeyRefused("The device's answer cannot be used. Try again, or with another device.") from error
    credential_id = bytes_to_base64url(made.credential_id)
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == credential_id)) is not None:
        raise PasskeyRefused("This passkey is known already.")
    row = Passkey(
        user_id=user_id,
        user_handle=handle,
        credential_id=credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        host=place.host,
        transports=[each.value for each in parsed.response.transports or () if each.value in _TRANSPORTS],
        name=name,
        created_at=now,
    )
    session.add(row)
    session.commit()
    return row


def authentication(session: Session, place: Place, now: datetime) -> dict[str, Any]:
    """What a device needs to sign in (PublicKeyCredentialRequestOptionsJSON); it knows itself for which account. Commits."""
    options = generate_authentication_options(
        rp_id=place.host, challenge=_challenge(session, None, now), user_verification=UserVerificationRequirement.REQUIRED
    )
    return options_to_json_dict(options)


def sign_in(session: Session, credential: Mapping[str, Any], challenge: str, place: Place, now: datetime) -> int:
    """The id of the account whose passkey signed `challenge`. Commits. Raises PasskeyRefused."""
    _use_up(session, challenge, None, now)
    try:
        parsed = parse_authentication_credential_json(dict(credential))
        _check_origin(parsed.response.client_data_json, place)
        row = session.scalar(select(Passkey).where(Passkey.credential_id == bytes_to_base64url(parsed.raw_id)).with_for_update())
        if row is None or row.host != place.host:
            raise PasskeyRefused("This passkey is not known here. It may have been removed.")
        verified = verify_authentication_response(
            credential=parsed,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise PasskeyRefused("The device's answer cannot be used. Try again, or sign in with your password.") from error
    told = parsed.response.user_handle
    if told is not None and bytes_to_base64url(told) != row.user_handle:
        raise PasskeyRefused("This passkey is not known here. It may have been removed.")
    row.sign_count, row.last_used_at = verified.new_sign_count, now
    user_id = row.user_id
    session.commit()
    return user_id


def passkeys_of(session: Session, user_id: int) -> Sequence[Passkey]:
    """The account's passkeys, the oldest first."""
    return session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)).all()


def count_of(session: Session, user_id: int) -> int:
    return session.scalar(select(func.count()).select_from(Passkey).where(Passkey.user_id == user_id)) or 0


def any_for(session: Session, host: str) -> bool:
    """Whether somebody can sign in with a passkey under this host name."""
    return session.scalar(select(Passkey.id).where(Passkey.host == host).limit(1)) is not None


def remove(session: Session, user_id: int, passkey_id: int, keep_session_id: int, now: datetime) -> bool:
    """End one of the account's own passkeys, and all other sessions; False when it is not one of them. Commits."""
    gone = session.execute(delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user_id).returning(Passkey.id)).first()
    if gone is not None:
        revoke_sessions(session, user_id, now, keep_session_id)
    session.commit()
    return gone is not None


def remove_all(session: Session, user_id: int) -> int:
    """Returns how many there were. The caller commits."""
    return len(session.execute(delete(Passkey).where(Passkey.user_id == user_id).returning(Passkey.id)).all())


def _challenge(session: Session, user_id: int | None, now: datetime) -> bytes:
    """A new one, good for one answer within minutes. Commits."""
    challenge = secrets.token_bytes(32)
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at <= now))
    row = PasskeyChallenge(challenge_hash=hash_token(bytes_to_base64url(challenge)), user_id=user_id, expires_at=now + OPEN_FOR)
    session.add(row)
    session.commit()
    return challenge


def _use_up(session: Session, challenge: str, user_id: int | None, now: datetime) -> None:
    """Take the challenge, which then is gone whatever comes of it. Commits. Raises PasskeyRefused."""
    mine = PasskeyChallenge.user_id.is_(None) if user_id is None else PasskeyChallenge.user_id == user_id
    used = session.execute(
        delete(PasskeyChallenge)
        .where(PasskeyChallenge.challenge_hash == hash_token(challenge), mine, PasskeyChallenge.expires_at > now)
        .returning(PasskeyChallenge.challenge_hash)
    ).first()
    session.commit()
    if used is None:
        raise PasskeyRefused("That took too long. Try again.")


def _check_origin(client_data: bytes, place: Place) -> None:
    """The library refuses a foreign origin as well; here the usual cause is named."""
    origin = parse_client_data_json(client_data).origin
    if origin != place.origin:
        raise PasskeyRefused(
            f"Your browser is at {origin}, and PowerSync was asked as {place.origin}. Behind a reverse proxy set TRUSTED_PROXIES."
        )


def _descriptor(row: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(row.credential_id), transports=[AuthenticatorTransport(each) for each in row.transports]
    )
