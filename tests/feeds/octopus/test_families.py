"""Which of the listed versions is the one that new customers get."""

import re
from typing import Any

import pytest

from app.feeds.retailers.octopus.families import EXPORTS, IMPORTS, Family, present_version
from app.transports.errors import RequestRefused
from tests.feeds.octopus.payloads import NOW, product

OLD, NEW = product("AGILE-FLEX-22-11-25", "2022-11-25T00:00:00Z"), product("AGILE-24-10-01", "2024-10-01T00:00:00+01:00")


@pytest.mark.parametrize(("key", "family"), [*IMPORTS.items(), *EXPORTS.items()])
def test_the_example_of_a_product_is_one_of_its_versions(key: str, family: Family) -> None:
    assert re.fullmatch(family.version, family.example)
    assert family.example.startswith(family.prefixes)
    others = [each for each in (*IMPORTS.values(), *EXPORTS.values()) if each is not family]
    assert not any(re.fullmatch(other.version, family.example) for other in others)


def test_the_newest_version_is_taken_whatever_the_order() -> None:
    assert present_version([OLD, NEW], IMPORTS["agile"], NOW) == "AGILE-24-10-01"
    assert present_version([NEW, OLD], IMPORTS["agile"], NOW) == "AGILE-24-10-01"


@pytest.mark.parametrize(
    "other",
    [
        {"direction": "EXPORT"},
        {"brand": "COOP_ENERGY"},
        {"brand": None},
        {"is_business": True},
        {"available_to": "2026-07-01T00:00:00+01:00"},
        {"available_to": "2026-07-14T12:10:00Z"},
        {"available_to": "some day"},
        {"since": "2026-07-15T00:00:00+01:00"},
    ],
)
def test_what_a_household_cannot_have_now_is_passed_over(other: dict[str, Any]) -> None:
    newest = product("AGILE-26-06-01", **{"since": "2026-06-01T00:00:00+01:00", **other})
    assert present_version([NEW, newest], IMPORTS["agile"], NOW) == "AGILE-24-10-01"


def test_a_version_that_closes_later_is_still_offered() -> None:
    newest = product("AGILE-26-06-01", "2026-06-01T00:00:00+01:00", available_to="2026-07-15T00:00:00+01:00")
    assert present_version([NEW, newest], IMPORTS["agile"], NOW) == "AGILE-26-06-01"


@pytest.mark.parametrize(
    ("key", "codes", "found"),
    [
        ("agile", ["AGILE-OUTGOING-19-05-13", "AGILE-24-10-01", "AGILE-BUS-25-06-01"], "AGILE-24-10-01"),
        ("go", ["GO-VAR-22-10-14", "GO-FIX-12M-26-01-01", "GOOD-NEWS-26-01-01"], "GO-VAR-22-10-14"),
        ("intelligent_go", ["INTELLI-FLUX-IMPORT-23-07-14", "INTELLI-VAR-24-10-29"], "INTELLI-VAR-24-10-29"),
        ("intelligent_go", ["IOG-SMB-VAR-24-10-29", "IOG-KDP-FIX-12M-25-06-20"], "IOG-SMB-VAR-24-10-29"),
        ("tracker", ["SILVER-FLEX-BB-23-02-08", "SILVERWARE-26-01-01"], "SILVER-FLEX-BB-23-02-08"),
        ("cosy", ["COSY-22-12-08", "COSY-FIX-12M-26-01-01"], "COSY-22-12-08"),
    ],
)
def test_a_product_is_known_by_its_own_codes(key: str, codes: list[str], found: str) -> None:
    assert present_version([product(code) for code in codes], IMPORTS[key], NOW) == found


def test_where_a_product_is_no_longer_offered_the_owner_is_asked_for_the_code() -> None:
    with pytest.raises(RequestRefused) as caught:
        present_version([product("GO-VAR-22-10-14")], IMPORTS["agile"], NOW)
    assert str(caught.value) == (
        "Octopus: Agile is not offered to new customers at present; enter the code of your version, such as AGILE-24-10-01: "
        "it stands on your bill"
    )


def test_entries_that_cannot_be_read_are_passed_over() -> None:
    odd = [{}, {"code": 7}, product("AGILE-25-01-01", available_from=None), product("AGILE-25-02-01", available_from="2025-02-01")]
    assert present_version([*odd, NEW], IMPORTS["agile"], NOW) == "AGILE-24-10-01"
