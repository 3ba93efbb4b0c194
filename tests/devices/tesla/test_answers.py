"""Which answers mean yes, and what a no is called."""

from typing import Any

import pytest

from app.devices.tesla.answers import explained, refusal, response_of
from app.transports.errors import AnswerNotUnderstood, RequestRefused, Unreachable


@pytest.mark.parametrize(
    "body",
    [
        {"response": {"code": 201, "message": "Updated"}},
        {"response": {"Code": 201, "Message": "Updated"}},
        {"response": {"code": 201, "message": "", "result": True}},
        {"response": None},
        {"response": {}},
        None,
        [],
    ],
)
def test_an_update_is_accepted_in_all_its_forms(body: Any) -> None:
    assert refusal("Teslemetry", "rate plan", body) is None


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        ({"response": {"result": False, "reason": "x"}}, RequestRefused, "x"),
        ({"response": {"Result": False, "Reason": "unable to update"}}, RequestRefused, "unable to update"),
        ({"response": {"code": 422, "message": "bad"}}, RequestRefused, "bad"),
        ({"response": {"Code": 400, "Message": "Invalid tariff"}}, RequestRefused, "Invalid tariff"),
        ({"response": {"code": 503, "message": "busy"}}, Unreachable, "busy"),
        ({"response": {"code": 408, "message": "x"}}, Unreachable, "offline"),
        ({"response": None, "error": "upstream internal error", "error_description": ""}, Unreachable, "upstream internal error"),
        ({"response": None, "error": "Must provide a valid TOU setting"}, RequestRefused, "valid TOU setting"),
    ],
)
def test_a_refusal_inside_a_success_has_a_name_and_its_reason(body: Any, error: type[Exception], words: str) -> None:
    refused = refusal("Teslemetry", "rate plan", body)
    assert type(refused) is error
    assert words in str(refused)
    assert "rate plan" in str(refused)


@pytest.mark.parametrize("body", [{"response": None}, {"response": {}}])
def test_a_read_without_data_is_no_answer(body: Any) -> None:
    with pytest.raises(Unreachable, match="gave no data"):
        response_of("Teslemetry", "live_status", body)


@pytest.mark.parametrize("body", [None, [], "x", {}, {"response": []}, {"response": "x"}, {"response": 0}])
def test_a_read_in_another_form_is_not_understood(body: Any) -> None:
    with pytest.raises(AnswerNotUnderstood):
        response_of("Teslemetry", "live_status", body)


def test_a_home_that_is_offline_is_said_to_be() -> None:
    offline = explained("Teslemetry", 408)
    assert type(offline) is Unreachable
    assert "the Powerwall's site is offline" in str(offline)
    assert type(explained("Teslemetry", 404)) is RequestRefused
    assert explained("Teslemetry", 500) is None
