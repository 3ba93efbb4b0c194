"""The text of a table means what it looks like, or is refused."""

import json

import pytest

from app.devices.modbus_table.text import DEEPEST, LARGEST, TableRefused, data_from
from tests.devices.modbus_table.tables import HYBRID


def refusal(text: str) -> str:
    with pytest.raises(TableRefused) as refused:
        data_from(text)
    return str(refused.value)


def test_numbers_are_decimal_or_hexadecimal_and_words_stay_words() -> None:
    assert data_from("{a: 10, b: 0x1F, c: -1.5, d: 1e3, e: on, f: off, g: yes, h: true, i: ~, j: 12:30}") == {
        "a": 10,
        "b": 31,
        "c": -1.5,
        "d": 1000.0,
        "e": "on",
        "f": "off",
        "g": "yes",
        "h": True,
        "i": None,
        "j": "12:30",
    }


@pytest.mark.parametrize("written", ["0123", "1_000", "0b11", "2026-03-14", ".inf", ".nan", "9999999999999999999"])
def test_what_could_be_read_in_two_ways_is_no_number(written: str) -> None:
    assert data_from(f"a: {written}") == {"a": written}


def test_json_is_read_as_well() -> None:
    data = data_from(HYBRID)
    again = data_from(json.dumps(data))
    assert again["read"] == {**data["read"], "state": {**data["read"]["state"], "states": {"0": "asleep", "1": "running", "2": "fault"}}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\na: 2", "line 1, column 1: a key stands here twice"),
        ("settings:\n  x: {b: 1, b: 1}", "line 2, column 6: a key stands here twice"),
        ("a: &x 1\nb: *x", "line 1, column 4: anchors and aliases are not used in a table"),
        ("a: !!python/object:os.system {}", "tags are not used in a table"),
        ("a: !!int foo", "tags are not used in a table"),
        ("a: " + "[" * 5000, "nested too deeply"),
        ("a: {b: 1", "line 1, column 9: not readable as YAML or JSON"),
        ("a:\n\t- 1", "line 2, column 1: not readable as YAML or JSON"),
        ("a: \x00", "not readable as YAML or JSON"),
        ("[1, 2]", "it must be an object"),
        ("", "it must be an object"),
        ("a: " + "x" * LARGEST, "more than 20000 characters"),
    ],
    ids=lambda value: value[:30],
)
def test_what_a_table_has_no_use_for_is_refused_with_its_place(text: str, told: str) -> None:
    assert told in refusal(text)


def test_as_deep_as_a_table_goes_is_read() -> None:
    assert data_from("a: " + "[" * (DEEPEST - 2) + "]" * (DEEPEST - 2))
