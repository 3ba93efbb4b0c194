"""Secrets of an export, sealed with the owner's passphrase: argon2id makes the key, Fernet seals."""

import base64
import json
import os
from collections.abc import Mapping

from argon2.low_level import Type, hash_secret_raw
from cryptography.fernet import Fernet, InvalidToken

SALT_BYTES = 16
LEAST_PASSPHRASE = 12


class PassphraseWrong(Exception):
    """The passphrase does not open what was sealed, or is too short to seal with."""


def seal(secrets: Mapping[str, Mapping[str, str]], passphrase: str) -> str:
    """`secrets` as text that only `passphrase` opens. Raises PassphraseWrong for one of less than 12 characters."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise PassphraseWrong(f"a passphrase needs at least {LEAST_PASSPHRASE} characters")
    salt = os.urandom(SALT_BYTES)
    return base64.b64encode(salt).decode() + "." + _fernet(passphrase, salt).encrypt(json.dumps(secrets).encode()).decode()


def unseal(sealed: str, passphrase: str) -> dict[str, dict[str, str]]:
    """What was sealed. Raises PassphraseWrong."""
    salt, _, token = sealed.partition(".")
    try:
        opened = _fernet(passphrase, base64.b64decode(salt)).decrypt(token.encode())
    except (InvalidToken, ValueError):
        raise PassphraseWrong("the passphrase does not open the secrets of this file") from None
    return json.loads(opened)  # type: ignore[no-any-return]


def _fernet(passphrase: str, salt: bytes) -> Fernet:
    raw = hash_secret_raw(passphrase.encode(), salt, time_cost=3, memory_cost=64 * 1024, parallelism=1, hash_len=32, type=Type.ID)
    return Fernet(base64.urlsafe_b64encode(raw))
