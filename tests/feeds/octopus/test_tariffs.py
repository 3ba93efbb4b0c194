"""Where a product's rates are listed: its links first, its codes where it shows none."""

from typing import Any

import pytest

from app.feeds.retailers.octopus.client import OctopusClient
from app.feeds.retailers.octopus.tariffs import Tariff, tariff_from
from app.transports.errors import AnswerNotUnderstood, RequestRefused
from tests.feeds.octopus.payloads import URL, Scripted, detail, rates_path

AGILE = "AGILE-24-10-01"
SPLIT = ("day-unit-rates", "night-unit-rates", "ev-device-peak-unit-rates", "standing-charges")


def tariff(answer: dict[str, Any], code: str = AGILE, direction: str = "IMPORT", region: str = "C") -> Tariff:
    return tariff_from(answer, code, direction, region, OctopusClient(Scripted({}).context(), "test").path_of)


def test_the_links_of_the_region_are_followed() -> None:
    found = tariff(detail(AGILE))
    assert (found.code, found.standard, found.standing, found.is_split) == (
        "E-1R-AGILE-24-10-01-C",
        rates_path(AGILE),
        rates_path(AGILE, "standing-charges"),
        False,
    )


def test_links_name_the_vendor_itself_where_a_proxy_stands_in() -> None:
    assert tariff(detail(AGILE, home="https://api.octopus.energy/v1")).standard == rates_path(AGILE)


@pytest.mark.parametrize(
    "home",
    [
        "https://elsewhere.test/v1",
        "https://api.octopus.energy.elsewhere.test/v1",
        "http://octopus.test/v2",
        "http://[",
        "//elsewhere.test/v1",
    ],
)
def test_a_link_to_another_place_is_not_followed(home: str) -> None:
    with pytest.raises(AnswerNotUnderstood):
        tariff(detail(AGILE, home=home))


@pytest.mark.parametrize("payment", ["direct_debit_monthly", "varying"])
def test_the_way_of_paying_changes_no_address(payment: str) -> None:
    assert tariff(detail(AGILE, payment=payment)).standard == rates_path(AGILE)


def test_of_several_ways_of_paying_the_usual_one_is_looked_at() -> None:
    answer = detail(AGILE)
    answer["single_register_electricity_tariffs"]["_C"] = {
        "another": {"code": "E-1R-OTHER-C", "links": []},
        **answer["single_register_electricity_tariffs"]["_C"],
    }
    assert tariff(answer).code == "E-1R-AGILE-24-10-01-C"


def test_a_tariff_without_links_and_a_retired_one_are_found_by_their_codes() -> None:
    assert tariff(detail(AGILE, kinds=())).standard == rates_path(AGILE)
    assert tariff({"single_register_electricity_tariffs": {}}).standard == rates_path(AGILE)
    assert tariff({}, region="H").standard == rates_path(AGILE, region="H")


def test_a_product_that_is_not_sold_in_the_region_is_told_so() -> None:
    with pytest.raises(RequestRefused, match=r"AGILE-24-10-01 has no prices for region P \(North Scotland\)"):
        tariff(detail(AGILE), region="P")


def test_one_register_goes_before_two() -> None:
    code = "VAR-22-11-01"
    answer = detail(code, group="dual_register_electricity_tariffs", kinds=("day-unit-rates", "night-unit-rates"))
    answer["single_register_electricity_tariffs"] = detail(code)["single_register_electricity_tariffs"]
    assert not tariff(answer, code).is_split


@pytest.mark.parametrize("group", ["dual_register_electricity_tariffs", "four_rate_ev_electricity_tariffs"])
def test_day_and_night_lists_are_taken_where_the_hours_of_the_night_are_known(group: str) -> None:
    code = "IOG-SMB-VAR-24-10-29"
    found = tariff(detail(code, SPLIT, group), code)
    assert (found.is_split, found.day, found.night) == (True, rates_path(code, "day-unit-rates"), rates_path(code, "night-unit-rates"))


def test_and_refused_in_words_where_they_are_not() -> None:
    with pytest.raises(RequestRefused, match="VAR-22-11-01 has a day and a night rate; when the night rate holds depends on the meter"):
        tariff(detail("VAR-22-11-01", SPLIT, "dual_register_electricity_tariffs"), "VAR-22-11-01")


def test_an_export_product_is_not_bought_and_an_import_product_not_sold() -> None:
    with pytest.raises(RequestRefused, match="AGILE-24-10-01 is an export product, not an import product"):
        tariff({**detail(AGILE), "direction": "EXPORT"})
    with pytest.raises(RequestRefused, match="AGILE-24-10-01 is an import product, not an export product"):
        tariff({**detail(AGILE), "direction": "IMPORT"}, direction="EXPORT")


@pytest.mark.parametrize("odd", [None, [], "none"])
def test_a_group_that_cannot_be_read_is_as_if_it_were_not_there(odd: Any) -> None:
    assert tariff({"single_register_electricity_tariffs": odd}).standard == rates_path(AGILE)


@pytest.mark.parametrize("odd", [None, "none", {}, {"direct_debit_monthly": None}, {"direct_debit_monthly": {"code": 7}}])
def test_a_region_that_cannot_be_read_has_no_prices(odd: Any) -> None:
    with pytest.raises(RequestRefused, match=r"AGILE-24-10-01 has no prices for region C \(London\)"):
        tariff({"single_register_electricity_tariffs": {"_C": odd}})


@pytest.mark.parametrize("links", [None, "none", [None, {}, {"rel": 1, "href": URL}, {"rel": "standard_unit_rates", "href": None}]])
def test_links_that_cannot_be_read_are_passed_over(links: Any) -> None:
    answer = detail(AGILE)
    answer["single_register_electricity_tariffs"]["_C"]["direct_debit_monthly"]["links"] = links
    assert tariff(answer).standard == rates_path(AGILE)
