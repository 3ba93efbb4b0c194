"""What the gateway's figures mean, and which of them are none."""

from datetime import timedelta
from typing import Any

import pytest

from app.devices.enphase.info import info_from
from app.devices.enphase.reading import measured_from
from app.transports.errors import AnswerNotUnderstood, RequestRefused


def production(solar: Any = 5305.189, net: Any = -1200.5, *, meters: int = 1, consumption: int = 1) -> dict[str, Any]:
    made = {"type": "eim", "activeCount": meters, "measurementType": "production", "wNow": solar, "whToday": 21_000.1}
    used = {"type": "eim", "activeCount": consumption, "measurementType": "net-consumption", "wNow": net}
    total = {"type": "eim", "activeCount": consumption, "measurementType": "total-consumption", "wNow": 4104.689}
    return {
        "production": [{"type": "inverters", "activeCount": 20, "wNow": 5290, "whLifetime": 41_000_000}, made],
        "consumption": [total, used],
        "storage": [{"type": "acb", "activeCount": 0, "wNow": 0, "state": "idle"}],
    }


def test_the_example_of_the_sheet() -> None:
    measured = measured_from(production())
    assert (measured.solar_w, measured.grid_w, measured.age) == (5305.189, -1200.5, timedelta(0))
    assert measured.load_w == pytest.approx(4104.689)


def test_the_meters_own_use_at_night_is_no_production() -> None:
    assert measured_from(production(solar=-3.2)).solar_w == 0


def test_without_a_production_meter_the_inverters_are_asked_whose_sum_is_old() -> None:
    measured = measured_from(production(meters=0))
    assert (measured.solar_w, measured.age) == (5290, timedelta(minutes=5))


@pytest.mark.parametrize(
    "body", [production(consumption=0), {**production(), "consumption": []}, {"production": production()["production"]}]
)
def test_without_a_consumption_meter_nothing_is_known_of_the_grid(body: dict[str, Any]) -> None:
    measured = measured_from(body)
    assert (measured.grid_w, measured.load_w) == (None, None)


@pytest.mark.parametrize(
    "body",
    [
        production(solar=None),
        production(solar="5305"),
        production(solar=True),
        production(solar=9e9),
        production(net=None),
        [],
        {"production": []},
        {"production": "none"},
    ],
)
def test_what_cannot_be_is_no_figure(body: Any) -> None:
    with pytest.raises(AnswerNotUnderstood):
        measured_from(body)


def test_serial_number_and_firmware_are_read_from_the_description() -> None:
    text = "<envoy_info><device><sn>122012345678</sn><pn>800</pn><software>D8.3.5232</software><imeter>true</imeter></device></envoy_info>"
    info = info_from(text)
    assert (info.serial, info.firmware) == ("122012345678", "D8.3.5232")


def test_an_older_firmware_is_named_and_another_device_too() -> None:
    with pytest.raises(RequestRefused, match=r"R4\.10\.35 is older than 7"):
        info_from("<device><sn>122012345678</sn><software>R4.10.35</software></device>")
    for text in ("", "<html>Router</html>", "<sn>122012345678</sn>"):
        with pytest.raises(AnswerNotUnderstood, match="no IQ Gateway"):
            info_from(text)
