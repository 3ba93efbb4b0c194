import importlib
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.feeds.network_tariffs.distributors import DISTRIBUTORS, code_of, distributor_named

MODULES = {key: {"sapn": "sapower"}.get(key, key) for key in DISTRIBUTORS}


def codes_of_the_library(key: str, year: int) -> set[str]:
    module = importlib.import_module(f"aemo_to_tariff.{MODULES[key]}")
    return set(module.get_tariffs(datetime(year, 9, 1, tzinfo=ZoneInfo("Australia/Brisbane"))))


@pytest.mark.parametrize("key", DISTRIBUTORS)
def test_the_list_of_codes_is_that_of_the_library_in_both_years(key: str) -> None:
    distributor = DISTRIBUTORS[key]
    assert set(distributor.codes) == codes_of_the_library(key, 2026)
    assert set(distributor.codes) - distributor.new_in_2026 == codes_of_the_library(key, 2025)


@pytest.mark.parametrize("key", DISTRIBUTORS)
def test_the_clock_is_that_of_the_library(key: str) -> None:
    module = importlib.import_module(f"aemo_to_tariff.{MODULES[key]}")
    theirs = ZoneInfo(module.time_zone())
    for month in (1, 7):
        noon = datetime(2026, month, 1, 12, tzinfo=theirs)
        assert noon.astimezone(DISTRIBUTORS[key].zone).replace(tzinfo=None) == noon.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("ausgrid", "ausgrid"),
        ("AusGrid", "ausgrid"),
        ("SA Power Networks", "sapn"),
        (" united energy ", "united"),
        ("Evoenergy", "evoenergy"),
    ],
)
def test_a_distributor_goes_by_its_key_and_its_title(written: str, key: str) -> None:
    assert distributor_named(written).key == key


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (
            "citipower",
            "CitiPower's tariffs are not in the table, and those of its neighbours are not the same; take the rates from your bill",
        ),
        ("CitiPower", "enter them by hand"),
        ("victoria", "invented"),
        ("energx", "not a distributor of the table, which has energex, "),
        ("ausgird", "not a distributor of the table, which has ausgrid, "),
        ("", "not a distributor"),
        ("western power", "not a distributor"),
    ],
)
def test_a_distributor_that_the_table_lacks_is_refused_with_advice(written: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        distributor_named(written)


@pytest.mark.parametrize("written", ["6900", "NTC6900", "ntc6900", " NTC 6900 ", 6900])
def test_a_code_may_be_written_as_on_a_bill(written: object) -> None:
    assert code_of(DISTRIBUTORS["energex"], written) == "6900"


def test_every_code_is_found_in_small_letters_with_its_prefix() -> None:
    for distributor in DISTRIBUTORS.values():
        for code in set(distributor.codes) - set(distributor.unusable):
            assert code_of(distributor, f"ntc{code.lower()}") == code


@pytest.mark.parametrize(
    ("key", "written", "words"),
    [
        ("ausgrid", "EA026", "EA026 is not a tariff of Ausgrid in the table, which has EA025, "),
        ("energex", "6970", "6970 is not a tariff of Energex in the table, which has 6900, "),
        ("ergon", "EA025", "is not a tariff of Ergon Energy"),
        ("sapn", "", "is not a tariff of SA Power Networks"),
        ("evoenergy", 15, r"which has 015, .* \(in quotes\)"),
        ("tasnetworks", "TAS87", "demand charges, which are per kW"),
        ("tasnetworks", "TAS88", "demand charges, which are per kW"),
    ],
)
def test_an_unknown_or_unusable_code_is_refused_with_those_there_are(key: str, written: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        code_of(DISTRIBUTORS[key], written)


def test_the_unusable_codes_are_those_whose_energy_rates_are_their_demand_charges() -> None:
    module = importlib.import_module("aemo_to_tariff.tasnetworks")
    demand = module.demand_charges_2026_27
    same = {
        code
        for code, tariff in module.tariffs_2026_27.items()
        if code in demand and {period[3] for period in tariff["periods"]} == set(demand[code].values())
    }
    assert same == set(DISTRIBUTORS["tasnetworks"].unusable)
