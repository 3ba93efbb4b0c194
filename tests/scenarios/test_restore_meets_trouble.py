"""A restore that meets a device in trouble is not over: only a value that the device will not take is told once and left."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Engine

from app.simulators.modbus_effects import ModbusException
from tests.devices.contract.inverters import INVERTERS
from tests.scenarios.steered_site import SteeredSite
from tests.scenarios.test_every_brand import SIMULATORS

OVER_MODBUS = [number for number, simulated in enumerate(SIMULATORS) if simulated.brand != "tesla"]


@pytest.fixture
def site_of(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Opens a home with a battery of a brand."""
    with ExitStack() as stack:

        def build(number: int) -> SteeredSite:
            battery, inverter = SIMULATORS[number], INVERTERS[0]
            rigs = [(each.brand, stack.enter_context(each.start(True))) for each in (battery, inverter)]
            return SteeredSite(engine, rigs[0], rigs[1], monkeypatch)

        yield build


@pytest.mark.parametrize("code", [1, 2, 4])
@pytest.mark.parametrize("number", OVER_MODBUS, ids=[SIMULATORS[number].brand for number in OVER_MODBUS])
def test_a_device_that_fails_at_writes_for_an_hour_gets_the_owners_settings_back_after_it(
    number: int, code: int, site_of: Callable[[int], SteeredSite]
) -> None:
    site = site_of(number)
    site.tick()
    site.press("discharge", 15)
    site.tick()
    assert site.battery.rig.settings() != site.battery.owner
    site.battery.rig.faults.add(ModbusException(code), server=site.battery.rig.server.device.name, method="POST", for_s=3600)
    site.clock.sleep(900)
    for _ in range(4):
        site.tick()
        site.clock.sleep(900)
    site.finish()
