"""The password as Sigenergy's sign-in wants it.

Source: the sign-in request of the owners' portal: AES-128-CBC with a key that is the same for everybody, PKCS7, Base64. It hides the
password from a glance and from nobody else."""

import base64
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

_KEY: Final = b"sigensigensigenp"  # the initial vector too


def encrypted(password: str) -> str:
    """`Passw0rd!` → `t4wDM8TwqY1th2wVvaPrug==`."""
    padder = PKCS7(algorithms.AES.block_size).padder()
    padded = padder.update(password.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(_KEY), modes.CBC(_KEY)).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()
