"""What the owner reads of a failure: who and what, never a method or a path."""

import pytest

from app.transports.errors import AnswerNotUnderstood, CertificateChanged, CredentialsRefused, NotConfirmed, Unreachable, VendorError
from app.transports.modbus import RegisterRefused


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unreachable("Amber", "GET /sites/01X/prices: the connection was refused"), "Amber does not answer: the connection was refused"),
        (Unreachable("Amber", "GET /sites/01X/prices answered 503"), "Amber does not answer: answered 503"),
        (CredentialsRefused("Amber", "the token was not accepted."), "Amber: the token was not accepted"),
        (NotConfirmed("Teslemetry", "accepted and not shown"), "Teslemetry: accepted and not shown"),
        (
            AnswerNotUnderstood("Amber", "GET /sites did not answer with JSON: <html>"),
            "Amber gave an answer that PowerSync does not understand: did not answer with JSON: <html>",
        ),
    ],
)
def test_a_failure_in_words(error: VendorError, words: str) -> None:
    assert error.for_people() == words


def test_the_app_reacts_to_the_named_error_whatever_a_transport_adds():
    assert RegisterRefused("Sungrow", "no such register", 2).kind == "RequestRefused"
    assert CertificateChanged("Gateway", "another one").kind == "CertificateChanged"
    assert Unreachable("Amber", "no answer").kind == "Unreachable"
