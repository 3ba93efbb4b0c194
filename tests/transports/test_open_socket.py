"""A bare socket for protocols other than HTTP: TLS with checked certificates, on a local server with an authority of its own."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.transports import session
from app.transports.session import open_socket


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Somebody")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def secure_port(certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            sock, _ = listener.accept()
            with context.wrap_socket(sock, server_side=True) as secure:
                secure.sendall(b"hello")
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


def test_a_certificate_of_a_known_authority_is_accepted(secure_port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "certificates", lambda: str(certificate))
    with open_socket(f"wss://127.0.0.1:{secure_port}", 2.0) as sock:
        assert sock.recv(5) == b"hello"


def test_a_certificate_of_nobody_known_is_refused(secure_port: int) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        open_socket(f"wss://127.0.0.1:{secure_port}", 2.0)


def test_a_certificate_for_another_name_is_refused(secure_port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "certificates", lambda: str(certificate))
    with pytest.raises(ssl.SSLCertVerificationError):
        open_socket(f"wss://localhost:{secure_port}", 2.0)


def test_a_server_that_does_not_finish_the_handshake_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(TimeoutError):
        open_socket(f"wss://127.0.0.1:{listener.getsockname()[1]}", 0.05)


@pytest.mark.parametrize("url", ["", "nonsense", "wss://"])
def test_what_is_no_address_is_said_to_be_none(url: str) -> None:
    with pytest.raises(ValueError, match="not a web address"):
        open_socket(url, 1.0)
