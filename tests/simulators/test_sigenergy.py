"""The simulated Sigenergy plant and its cloud, asked as the protocol and the portal ask, without the driver."""

import json
import struct
from typing import Any

import pytest

from app.simulators.faults import Faults
from app.simulators.modbus import Declined, ModbusServer
from app.simulators.pace import SimulatedPace
from app.simulators.register_bank import figure_of
from app.simulators.service import Request, Response
from app.simulators.sigenergy import OLD_FIRMWARE, PLANT, PlantQuirks, SigenStor
from app.simulators.sigenergy_cloud import CloudQuirks, SigenergyCloud
from tests.simulators.conftest import EVENING

FORM = {"content-type": "application/x-www-form-urlencoded", "authorization": "Basic c2lnZW46c2lnZW4="}
SIGN_IN = b"grant_type=password&username=owner%40example.com&password=t4wDM8TwqY1th2wVvaPrug%3D%3D&scope=server&userDeviceId=1234567890123"


class Asker:
    """Asks once a second, as the document wants it."""

    def __init__(self, quirks: PlantQuirks | None = None, native_mode: int = 0) -> None:
        self.clock = SimulatedPace(EVENING)
        self.device = SigenStor(EVENING, quirks=quirks, native_mode=native_mode)

    def read(self, address: int, kind: str = "u16", function: int = 4, unit: int = PLANT) -> float:
        self.clock.advance(1)
        count = {"u16": 1, "s16": 1, "u32": 2, "s32": 2, "u64": 4}[kind]
        return figure_of(self.device.read(unit, function, address, count, self.clock.now()), kind)

    def write(self, address: int, *words: int, function: int = 16, unit: int = PLANT) -> None:
        self.clock.advance(1)
        self.device.write(unit, function, address, list(words), self.clock.now())

    def battery_w(self, after_s: float = 1.0) -> float:
        self.clock.advance(after_s)
        return -self.read(30037, "s32")


def declined(call: Any, *args: Any, **named: Any) -> int:
    with pytest.raises(Declined) as caught:
        call(*args, **named)
    return caught.value.code


def test_powers_balance_in_the_devices_signs() -> None:
    plant = Asker()
    plant.clock.advance(900)
    load = plant.read(30284, "s32")
    assert load > 100
    assert plant.read(30035, "s32") + plant.read(30005, "s32") - plant.read(30037, "s32") == pytest.approx(load, abs=60)
    assert plant.read(30037, "s32") < 0  # it discharges in the evening, which is negative here


def test_a_register_answers_both_functions_and_the_inverter_its_own_unit() -> None:
    plant = Asker()
    assert plant.read(30014, function=3) == plant.read(30014, function=4) == pytest.approx(550, abs=1)
    assert plant.read(30601, unit=1) == pytest.approx(550, abs=1)
    assert declined(plant.read, 30014, unit=1) == 2
    assert not plant.device.answers_for(3)


def test_what_a_firmware_does_not_know_and_what_may_not_be_written_is_declined() -> None:
    plant = Asker(PlantQuirks(missing=OLD_FIRMWARE))
    assert declined(plant.read, 30286) == 2
    assert declined(plant.read, 30284, "s32") == 2
    assert declined(plant.write, 30014, 100) == 2
    assert declined(plant.write, 40033, 100) == 2  # the middle of a figure
    assert declined(plant.write, 40032, 100) == 2  # half of one
    assert declined(plant.write, 40031, 9) == 3
    assert declined(plant.write, 40032, 0, 6_001) == 3
    assert declined(plant.write, 40000, 1) == 2  # function 6 alone
    assert declined(plant.write, 40029, 1, unit=1) == 2


def test_a_request_within_a_second_finds_it_busy() -> None:
    plant = Asker()
    plant.read(30014)
    assert declined(plant.device.read, PLANT, 4, 30014, 1, plant.clock.now()) == 6


def test_remote_control_shows_in_the_working_mode_and_starts_the_mode() -> None:
    plant = Asker(native_mode=1)
    assert plant.read(30003) == 1
    plant.write(40032, 0, 2_500)
    plant.write(40031, 4)
    assert plant.battery_w() > 0  # its own mode still
    plant.write(40029, 1, function=6)
    assert plant.read(30003) == 7
    assert plant.battery_w() == -2_500
    plant.write(40031, 1)
    assert plant.battery_w() == 0
    plant.write(40034, 0, 1_500)
    plant.write(40031, 6)
    assert plant.battery_w() == 1_500


def test_a_fixed_power_counts_in_direct_control_alone() -> None:
    plant = Asker()
    plant.write(40001, *struct.unpack(">HH", struct.pack(">i", -1_200)))
    assert plant.battery_w() > 0
    plant.write(40029, 1)
    assert plant.battery_w() == -1_200


@pytest.mark.parametrize("legacy", [False, True])
def test_a_limit_of_discharge_holds_self_consumption_unless_the_firmware_is_older(legacy: bool) -> None:
    plant = Asker(PlantQuirks(legacy_limits=legacy))
    plant.write(40034, 0, 0)
    plant.write(40029, 1)
    plant.write(40031, 2)
    assert (plant.battery_w() > 0) is legacy


def test_a_stop_ends_all_power() -> None:
    plant = Asker()
    plant.write(40000, 0, function=6)
    assert (plant.battery_w(), plant.read(30051)) == (0, 3)


def test_export_ends_at_its_limit_only_where_a_sensor_measures_it() -> None:
    for has_sensor in (True, False):
        plant = Asker(PlantQuirks(has_grid_sensor=has_sensor))
        plant.write(40038, 0, 0)
        plant.write(40029, 1)
        plant.write(40031, 6)
        plant.clock.advance(1)
        assert (plant.read(30005, "s32") < -1_000) is not has_sensor
        assert plant.read(30004) == (1 if has_sensor else 0)


def test_the_network_sets_the_export_limit_back() -> None:
    plant = Asker(PlantQuirks(export_reset_to=5_000, export_reset_every_s=600))
    plant.write(40038, 0, 0)
    assert plant.read(40038, "u32") == 0
    plant.clock.advance(600)
    assert plant.read(40038, "u32") == 5_000


def test_some_firmwares_clear_the_reserve_and_want_remote_control_before_the_mode() -> None:
    plant = Asker(PlantQuirks(reserve_after_toggle=0, mode_needs_remote=True))
    plant.write(40046, 300)
    assert declined(plant.write, 40031, 2) == 4
    plant.write(40029, 1)
    assert plant.read(40046) == 0
    plant.write(40046, 300)
    plant.write(40029, 1)  # no change
    assert plant.read(40046) == 300


def test_the_frame_of_the_document_is_a_write_to_the_plant() -> None:
    clock = SimulatedPace(EVENING)
    server = ModbusServer(SigenStor(EVENING), clock, Faults(clock.now))
    assert server.answer(0xF7, bytes.fromhex("10 9C41 0002 04 0000 61A8"), []) == bytes((0x90, 3))  # 25 kW is more than it is rated for
    assert (server.record.writes[0].address, server.record.writes[0].words) == (40001, (0, 25_000))


# The cloud


def cloud(quirks: CloudQuirks | None = None, life_s: float = 43_199) -> SigenergyCloud:
    clock = SimulatedPace(EVENING)
    return SigenergyCloud(clock, Faults(clock.now), quirks=quirks, life_s=life_s)


def said(response: Response) -> Any:
    return json.loads(response.body)


def post(service: SigenergyCloud, path: str, body: bytes, headers: dict[str, str]) -> Response:
    return service.handle(Request("POST", path, {}, headers, body))


def bearer(service: SigenergyCloud) -> dict[str, str]:
    told = said(post(service, "/auth/oauth/token", SIGN_IN, FORM))
    return {"authorization": f"Bearer {told['data']['access_token']}"}


def side(**changes: Any) -> dict[str, Any]:
    ranges = [{"timeRange": "00:00-12:00", "price": 24.51}, {"timeRange": "12:00-24:00", "price": -3.2}]
    week = {"weekRange": "1-7", "timeRange": ranges} | changes
    return {"dynamicPricing": None, "staticPricing": {"currencyCode": "Cent", "combinedPrices": [{"weekPrices": [week]}]}}


def save(service: SigenergyCloud, station: Any = 102025092300219, **changes: Any) -> Response:
    body = {"stationId": station, "priceMode": 1, "buyPrice": side(**changes), "sellPrice": side()}
    return post(service, "/device/stationelecsetprice/save", json.dumps(body).encode(), bearer(service))


def test_a_sign_in_needs_the_portals_header_and_the_right_password() -> None:
    service = cloud()
    assert post(service, "/auth/oauth/token", SIGN_IN, FORM | {"authorization": ""}).status == 401
    refused = post(service, "/auth/oauth/token", SIGN_IN.replace(b"t4wD", b"XXXX"), FORM)
    assert refused.status == 200
    assert said(refused)["code"] != 0
    assert said(post(service, "/auth/oauth/token", SIGN_IN, FORM))["data"]["expires_in"] == 43_199


def test_a_token_ends_and_is_renewed_once() -> None:
    service = cloud(life_s=600)
    told = said(post(service, "/auth/oauth/token", SIGN_IN, FORM))["data"]
    stations = Request("GET", "/device/station/list", {}, {"authorization": f"Bearer {told['access_token']}"})
    assert said(service.handle(stations))["data"][0]["stationId"] == 102025092300219
    service.clock.sleep(600)
    assert service.handle(stations).status == 401
    again = f"grant_type=refresh_token&refresh_token={told['refresh_token']}".encode()
    assert said(post(service, "/auth/oauth/token", again, FORM))["code"] == 0
    assert said(post(service, "/auth/oauth/token", again, FORM))["code"] != 0


def test_prices_are_kept_by_station() -> None:
    service = cloud()
    assert said(save(service))["code"] == 0
    assert said(save(service, station="102025092300219"))["code"] == 0
    assert service.prices["102025092300219"]["stationId"] == "102025092300219"


@pytest.mark.parametrize(
    "changes",
    [
        {"weekRange": "1-5"},
        {"timeRange": [{"timeRange": "00:00-00:00", "price": 1}]},
        {"timeRange": [{"timeRange": "00:00-12:00", "price": 1}]},
        {"timeRange": [{"timeRange": "00:00-24:00", "price": 1.234}]},
        {"timeRange": [{"timeRange": "0:00-24:00", "price": 1}]},
        {"timeRange": [{"timeRange": "00:00-24:00", "price": "1"}]},
    ],
)
def test_prices_that_are_no_week_are_declined_with_a_code(changes: dict[str, Any]) -> None:
    service = cloud()
    answer = save(service, **changes)
    assert answer.status == 200
    assert said(answer)["code"] != 0
    assert service.prices == {}


def test_a_station_that_is_no_number_is_an_error_of_the_server() -> None:
    assert save(cloud(), station="AB12-CODE").status == 500
