"""What was tried and not yet chosen travels with the browser: sealed, for one person, for half an hour."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from app.domain.brands import Choice
from app.models.types import keyring
from app.services.connecting import ChoiceRefused, Draft, DraftRefused, opened, sealed
from tests.conftest import NOW

OPEN = Choice("01J", "Ausgrid, NMI 312•••2345", "active", "Australia/Sydney")
ALSO_OPEN = Choice("01H", "Ausgrid, NMI 312•••7890", "active")
CLOSED = Choice("01G", "Ausgrid, NMI 312•••1111", "closed", is_usable=False)


def a_draft(*choices: Choice, brand: str = "amber", role: str = "retailer") -> Draft:
    values = {"token": "psk_secret", "price_model": "low"}
    return Draft(user_id=7, role=role, brand=brand, values=values, choices=choices, made_at=NOW, home_name="Home")


def test_a_draft_comes_back_as_it_was(app: Flask):
    draft = a_draft(OPEN, CLOSED)
    assert opened(sealed(draft), 7, NOW + timedelta(minutes=29)) == draft


def test_nobody_can_read_the_key_in_a_sealed_draft(app: Flask):
    draft = a_draft(OPEN)
    assert "psk_secret" not in sealed(draft)
    assert "psk_secret" not in repr(draft)


def test_a_draft_is_refused_to_another_person(app: Flask):
    with pytest.raises(DraftRefused):
        opened(sealed(a_draft(OPEN)), 8, NOW)


@pytest.mark.parametrize("later", [timedelta(minutes=31), timedelta(minutes=-1)])
def test_a_draft_is_refused_out_of_its_time(app: Flask, later: timedelta):
    with pytest.raises(DraftRefused):
        opened(sealed(a_draft(OPEN)), 7, NOW + later)


@pytest.mark.parametrize("text", ["", "nonsense", "gAAAAA=="])
def test_what_is_no_draft_is_refused(app: Flask, text: str):
    with pytest.raises(DraftRefused):
        opened(text, 7, NOW)


@pytest.mark.parametrize("content", ['{"token": "psk_other"}', "[]", "plain text"])
def test_another_sealed_text_of_this_installation_is_no_draft(app: Flask, content: str):
    with pytest.raises(DraftRefused):
        opened(keyring.encrypt(content), 7, NOW)


def test_the_only_usable_choice_stands_chosen():
    assert a_draft(OPEN, CLOSED).preselected() == "01J"
    assert a_draft(OPEN, ALSO_OPEN).preselected() == ""
    assert a_draft(OPEN, ALSO_OPEN).preselected("01H") == "01H"
    assert a_draft(OPEN, ALSO_OPEN, CLOSED).preselected("01G") == ""


@pytest.mark.parametrize("value", ["01G", "", "01X"])
def test_what_is_closed_or_not_offered_cannot_be_chosen(value: str):
    with pytest.raises(ChoiceRefused):
        a_draft(OPEN, CLOSED).chosen(value)


def test_the_choice_stands_in_its_field_and_the_rest_stays():
    draft = a_draft(OPEN)
    fields = draft.fields(draft.chosen("01J"))
    assert (fields.site_id, fields.price_model, fields.token.get_secret_value()) == ("01J", "low", "psk_secret")


def test_a_change_names_its_connection(app: Flask):
    draft = replace(a_draft(OPEN), site_id=3, connection_id=9)
    assert opened(sealed(draft), 7, NOW).connection_id == 9
