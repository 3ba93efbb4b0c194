"""Which of an account's products is the Powerwall."""

from typing import Any

import pytest

from app.devices.tesla.sites import energy_sites, only_site, site_id_of
from app.transports.errors import RequestRefused

CAR = {"id": 1492930337, "vehicle_id": 1104230, "vin": "LRW3E7FA0PC000001", "display_name": "Car"}
HOME = {"energy_site_id": 9007199254740993, "site_name": "Home", "resource_type": "battery", "components": {"battery": True, "solar": True}}
GHOST = {"energy_site_id": 98765, "components": {"battery": False, "solar": False, "grid": False, "load_meter": False}}
SOLAR = {"energy_site_id": 555, "site_name": "Shed", "components": {"battery": False, "solar": True}}


def test_vehicles_and_ghost_sites_are_no_energy_sites() -> None:
    assert energy_sites([CAR, HOME, GHOST, SOLAR]) == [HOME, SOLAR]


def test_a_site_number_beyond_2_to_53_is_kept_exactly() -> None:
    assert site_id_of(HOME) == "9007199254740993"


@pytest.mark.parametrize("number", [None, True, 1.5, "12a", "", -4])
def test_what_is_no_site_number_is_none(number: Any) -> None:
    assert site_id_of({"energy_site_id": number}) == ""


def test_the_only_powerwall_is_taken() -> None:
    assert only_site("Teslemetry", [CAR, SOLAR, GHOST, HOME]) == "9007199254740993"


def test_several_powerwalls_are_listed_to_choose_from() -> None:
    other = HOME | {"energy_site_id": 77, "site_name": "Beach house"}
    with pytest.raises(RequestRefused, match=r"Home \(9007199254740993\), Beach house \(77\)"):
        only_site("Teslemetry", [HOME, other])


def test_an_account_without_a_powerwall_is_told_so() -> None:
    with pytest.raises(RequestRefused, match="no Powerwall"):
        only_site("Teslemetry", [CAR, SOLAR, GHOST])
