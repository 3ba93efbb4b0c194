"""The driver of SUN2000 inverters whose export alone is limited."""

from datetime import timedelta

import pytest

from app.devices.solar import InverterState
from app.domain.opinions import Curtail
from app.simulators.huawei import Quirks
from app.transports.errors import AnswerNotUnderstood, RequestRefused
from tests.devices.contract.inverter_rig import NOON
from tests.devices.huawei.benches import solar


def test_limits_and_their_end_are_sent_in_the_order_of_the_sheet() -> None:
    with solar() as bench:
        bench.device.owner_sets({47416: 70_000})
        baseline = bench.inverter.read_settings()
        assert bench.bring_about(Curtail(0), baseline) == frozenset()
        assert bench.sent() == [(47416, 0, 0), (47415, 5)]
        assert bench.bring_about(Curtail(1500), baseline) == frozenset()
        assert bench.sent() == [(47416, 0, 1500), (47415, 6)]
        assert bench.bring_about(None, baseline) == frozenset()
        assert bench.sent() == [(47416, 1, 0x1170), (47415, 0)]


def test_the_first_request_waits_until_the_inverter_listens_and_the_others_keep_apart() -> None:
    with solar() as bench:
        bench.inverter.read_status(NOON)
        requests = bench.server.record.reads
        assert requests > 3
        assert bench.clock.monotonic() == pytest.approx(1.5 + 0.05 * (requests - 1), abs=0.001)


def test_firmware_without_zero_export_gets_a_limit_of_nothing() -> None:
    with solar(Quirks(takes_zero_mode=False)) as bench:
        baseline = bench.inverter.read_settings()
        assert bench.bring_about(Curtail(0), baseline) == frozenset()
        assert bench.sent() == [(47416, 0, 0), (47415, 5), (47415, 6)]
        assert bench.bring_about(None, baseline) == frozenset()
        assert bench.inverter.read_settings() == baseline


def test_an_owners_percentage_is_narrowed_and_comes_back() -> None:
    with solar() as bench:
        bench.device.owner_sets({47415: 7, 47418: 500})
        baseline = bench.inverter.read_settings()
        assert baseline["export_limit_pct"] == 50.0
        assert bench.inverter.read_status(NOON).limit_w == 2500
        assert bench.inverter.target(Curtail(3000), baseline, until=None) == baseline
        assert bench.bring_about(Curtail(1500), baseline) == frozenset()
        assert bench.inverter.read_status(NOON).limit_w == 1500
        assert bench.bring_about(None, baseline) == frozenset()
        assert bench.device.held()[47415] == 7


def test_the_panels_make_less_while_a_limit_holds() -> None:
    with solar() as bench:
        free = bench.inverter.read_status(NOON)
        bench.bring_about(Curtail(0), bench.inverter.read_settings())
        bench.clock.advance(60)
        held = bench.inverter.read_status(bench.clock.now())
        assert free.ac_w is not None
        assert held.ac_w is not None
        assert held.ac_w < free.ac_w - 1000
        assert (held.state, held.limit_w, held.grid_w) == (InverterState.LIMITED, 0, 0)
        assert (held.serial, held.rated_w) == ("HV2150012345", 5000)


def test_what_a_battery_gives_is_not_taken_for_sun() -> None:
    with solar(at=NOON + timedelta(hours=10)) as bench:
        bench.clock.advance(60)
        reading = bench.inverter.read_status(bench.clock.now())
        assert bench.device.plant.flow.battery_w > 100
        assert reading.ac_w == 0


def test_without_a_battery_it_sleeps_at_night() -> None:
    with solar(Quirks(has_battery=False), at=NOON + timedelta(hours=10)) as bench:
        assert bench.inverter.read_status(bench.clock.now()).state is InverterState.ASLEEP


def test_without_a_meter_no_limit_is_set_but_one_is_given_back() -> None:
    with solar(Quirks(has_meter=False)) as bench:
        baseline = bench.inverter.read_settings()
        assert bench.inverter.read_status(NOON).grid_w is None
        with pytest.raises(RequestRefused, match="meter"):
            bench.bring_about(Curtail(0), baseline)
        assert bench.writes() == 0
        bench.device.owner_sets({47415: 5})
        assert bench.bring_about(None, {**baseline, "export_control": 6, "export_limit_w": 4000}, "restore") == frozenset()


@pytest.mark.parametrize("way", [1, 4])
def test_a_way_that_is_not_the_owners_is_left_alone(way: int) -> None:
    with solar() as bench:
        bench.device.owner_sets({47415: way})
        baseline = bench.inverter.read_settings()
        assert bench.inverter.target(None, baseline, until=None) == baseline
        with pytest.raises(RequestRefused, match="leaves alone"):
            bench.inverter.target(Curtail(0), baseline, until=None)


def test_a_setting_that_wants_an_installer_is_refused_in_words() -> None:
    with solar(Quirks(wants_installer=frozenset({47415}))) as bench, pytest.raises(RequestRefused, match="installer"):
        bench.bring_about(Curtail(0), bench.inverter.read_settings())


def test_an_inverter_without_an_export_limit_is_refused() -> None:
    quirks = Quirks(missing=frozenset({47415, 47416, 47417, 47418}))
    with solar(quirks) as bench, pytest.raises(AnswerNotUnderstood, match="export limit"):
        bench.inverter.read_settings()


def test_an_inverter_answers_at_its_own_access_point() -> None:
    with solar(unit=0, unit_id=0) as bench:
        assert bench.inverter.read_status(NOON).serial == "HV2150012345"
        assert bench.bring_about(Curtail(0), bench.inverter.read_settings()) == frozenset()


def test_another_inverter_at_its_address_is_not_written_to() -> None:
    with solar() as bench:
        baseline = bench.inverter.read_settings()
        bench.device.serial = "HV2150099999"
        with pytest.raises(RequestRefused, match="another device"):
            bench.inverter.write(bench.inverter.target(Curtail(0), baseline, until=None), {"export_control"}, None)
        assert bench.writes() == 0
