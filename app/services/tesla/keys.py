"""The key pair of the key page: an EC key on the curve prime256v1 (Tesla Fleet API, "Developer guide")."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)


def new_pair() -> tuple[str, str]:
    """A new private and its public key, PEM each."""
    private = ec.generate_private_key(ec.SECP256R1())
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return secret, private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def point_of(public_pem: bytes | str) -> str | None:
    """The point of a public key in hex ("04…"), as Tesla tells it; None for what is no such key."""
    data = public_pem.encode() if isinstance(public_pem, str) else public_pem
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        return None
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()
