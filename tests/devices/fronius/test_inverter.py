"""Fronius inverters: firmware that ignores a new limit while one is in force, its Smart Meter, and the installer's export limit."""

import pytest

from app.devices.solar import InverterState
from app.domain.opinions import Curtail
from app.simulators.sunspec import SunSpecQuirks
from tests.devices.contract.inverter_rig import NOON
from tests.devices.sunspec.benches import sunspec

IGNORES = SunSpecQuirks(ignores_change_while_limited=True)
METERED = SunSpecQuirks(meter_unit=200)


def test_a_limit_its_change_and_its_end_are_sent_in_the_order_of_the_sheet() -> None:
    with sunspec(IGNORES, "fronius") as bench:
        baseline = bench.inverter.read_settings()
        assert bench.bring_about(Curtail(1800), baseline) == [(40_232, 0x0E10), (40_234, 1200), (40_236, 1)]
        assert bench.bring_about(Curtail(1875), baseline) == [(40_236, 0), (40_232, 0x0EA6), (40_234, 1200), (40_236, 1)]
        assert bench.device.power_w(bench.clock.now()) == 1875
        assert bench.bring_about(None, baseline) == [(40_236, 0), (40_232, 0x2710), (40_234, 0)]


@pytest.mark.parametrize("is_float", [False, True])
def test_the_smart_meter_has_the_apps_sign(is_float: bool) -> None:
    quirks = SunSpecQuirks(meter_unit=200, meter_is_float=is_float)
    with sunspec(quirks, "fronius", meter_unit_id=200) as bench:
        found = bench.inverter.read_status(bench.clock.now())
        assert found.grid_w == pytest.approx(bench.device.load.power_w(NOON) - bench.device.power_w(NOON), abs=1)
        assert found.grid_w is not None
        assert found.grid_w < 0
    with sunspec(METERED, "fronius") as bench:
        assert bench.inverter.read_status(bench.clock.now()).grid_w is None


def test_the_installers_export_limit_is_used_by_switching_the_limit_off() -> None:
    with sunspec(SunSpecQuirks(export_limit_w=0, meter_unit=200), "fronius", has_soft_limit=True, meter_unit_id=200) as bench:
        bench.device.owner_limits(100, NOON)
        assert (bench.inverter.abilities.limits_export, bench.inverter.abilities.can_limit) == (True, False)
        baseline, now = bench.inverter.read_settings(), bench.clock.now()
        assert bench.inverter.read_status(now).limit_w is None
        assert bench.bring_about(Curtail(0), baseline) == [(40_236, 0)]
        held = bench.inverter.read_status(now)
        assert (held.state, held.limit_w) == (InverterState.LIMITED, 0)
        assert held.grid_w == pytest.approx(0, abs=1)
        assert bench.bring_about(None, baseline)[-1] == (40_236, 1)
        assert bench.device.power_w(now) > 3000
