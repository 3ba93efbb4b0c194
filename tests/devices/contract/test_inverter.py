"""The contract that every driver of a solar inverter keeps, against a simulated device on a real socket."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.devices.capabilities import Settings
from app.devices.registry import device_brands
from app.devices.solar import InverterAbilities, InverterCommand, InverterState, SolarInverter
from app.domain.opinions import Curtail, Run
from app.transports.errors import RateLimited, VendorError
from tests.devices.contract.inverter_rig import NOON, InverterRig, SimulatedInverter
from tests.devices.contract.inverters import INVERTERS
from tests.devices.contract.troubles import READ_ERRORS, SAYS_NOTHING, WRITE_ERRORS, Trouble, name_of

UNTIL = NOON + timedelta(minutes=60)
OWN_LIMIT_W = 2_000  # what the owner set, where the owner set something
SETTLES_S = 900  # until an inverter that was stopped makes power again
CURTAILMENTS = (Curtail(0), Curtail(1500))

by_inverter = pytest.mark.parametrize("simulated", INVERTERS, ids=lambda each: f"{each.brand} {each.label}".strip())
curtailments = pytest.mark.parametrize("command", CURTAILMENTS, ids=lambda command: f"to {command.max_w} W")
owners = pytest.mark.parametrize("has_own_limit", [False, True], ids=["free", "own limit"])


@pytest.fixture(params=INVERTERS, ids=lambda each: f"{each.brand} {each.label}".strip())
def rig(request: pytest.FixtureRequest) -> Iterator[InverterRig]:
    """An inverter that its owner has not limited."""
    with request.param.start(False) as running:
        yield running


def stored(settings: Settings) -> Settings:
    """As the database gives them back."""
    value: Settings = json.loads(json.dumps(dict(settings)))
    return value


def read(rig: InverterRig) -> Settings:
    """What the device tells now, past whatever the driver holds for a moment."""
    rig.clock.advance(5)
    return rig.inverter.read_settings()


def target(rig: InverterRig, command: InverterCommand | None, baseline: Settings) -> Settings:
    return stored(rig.inverter.target(command, baseline, until=UNTIL))


def bring_about(rig: InverterRig, wanted: Settings) -> frozenset[str]:
    """Write what differs; returns what still does."""
    fields = rig.inverter.differing(wanted, read(rig))
    if fields:
        rig.inverter.write(wanted, fields, UNTIL)
    return rig.inverter.differing(wanted, read(rig))


def settled_w(rig: InverterRig) -> float:
    rig.clock.advance(SETTLES_S)
    return rig.limited_w()


def test_every_inverter_brand_has_a_simulator() -> None:
    assert {simulated.brand for simulated in INVERTERS} == device_brands("inverter").keys()


def test_a_driver_is_an_inverter_that_names_what_it_can_do(rig: InverterRig) -> None:
    assert isinstance(rig.inverter, SolarInverter)
    abilities = rig.inverter.abilities
    assert isinstance(abilities, InverterAbilities)
    settings = read(rig)
    assert settings
    assert settings.keys() <= abilities.settable.keys()
    assert abilities.drifts.keys() <= abilities.settable.keys()
    assert abilities.read_back_s.keys() <= abilities.settable.keys()
    words = rig.inverter.in_words(settings)
    assert words.keys() == {abilities.settable[field] for field in settings}
    assert all(words.values())


@by_inverter
@owners
@curtailments
def test_the_limit_acts_and_the_owner_gets_every_setting_back(simulated: SimulatedInverter, command: Curtail, has_own_limit: bool) -> None:
    with simulated.start(has_own_limit) as rig:
        before, told = rig.settings(), read(rig)
        baseline = stored(told)
        free_w = settled_w(rig)
        assert free_w > 1.2 * command.max_w, "the sun gives no more than that, which proves nothing"
        wanted = target(rig, command, baseline)
        assert rig.inverter.differing(wanted, told), "the command would change nothing, which proves nothing"
        assert bring_about(rig, wanted) == frozenset()
        expected_w = command.max_w if rig.inverter.abilities.can_limit else 0
        held_w = settled_w(rig)
        assert held_w <= max(expected_w, simulated.least_w) + 1
        assert held_w >= expected_w - simulated.exact_w
        assert bring_about(rig, target(rig, None, baseline)) == frozenset()
        assert rig.settings() == before
        assert read(rig) == told
        assert settled_w(rig) == pytest.approx(free_w, rel=0.4)  # clouds pass and the home uses more or less
        assert rig.stray_writes() == []


@by_inverter
def test_the_owners_own_limit_is_never_lifted(simulated: SimulatedInverter) -> None:
    with simulated.start(True) as rig:
        before, baseline = rig.settings(), stored(read(rig))
        assert settled_w(rig) <= OWN_LIMIT_W + 1
        for command in (Curtail(OWN_LIMIT_W + 1500), Run(), Curtail(100_000)):
            assert bring_about(rig, target(rig, command, baseline)) == frozenset()
            assert settled_w(rig) <= OWN_LIMIT_W + 1
        assert bring_about(rig, target(rig, None, baseline)) == frozenset()
        assert rig.settings() == before


def test_running_free_is_what_the_owner_has_set(rig: InverterRig) -> None:
    baseline = stored(read(rig))
    assert target(rig, Run(), baseline) == target(rig, None, baseline) == baseline


@by_inverter
@owners
def test_one_limit_follows_another_without_a_restore_between_them(simulated: SimulatedInverter, has_own_limit: bool) -> None:
    with simulated.start(has_own_limit) as rig:
        before, baseline = rig.settings(), stored(read(rig))
        for command in (Curtail(0), Curtail(1500), Curtail(700), Run(), Curtail(1500), Curtail(0), Run(), Curtail(0)):
            assert bring_about(rig, target(rig, command, baseline)) == frozenset()
        assert bring_about(rig, target(rig, None, baseline)) == frozenset()
        assert rig.settings() == before
        assert rig.stray_writes() == []


@curtailments
def test_what_is_in_force_is_not_written_again(rig: InverterRig, command: Curtail) -> None:
    wanted = target(rig, command, stored(read(rig)))
    bring_about(rig, wanted)
    writes, held = rig.writes(), rig.settings()
    assert 0 < writes <= len(rig.inverter.abilities.settable)
    assert bring_about(rig, wanted) == frozenset()
    rig.inverter.write(wanted, (), UNTIL)
    assert (rig.writes(), rig.settings()) == (writes, held)


def test_reading_and_comparing_write_nothing(rig: InverterRig) -> None:
    settings = read(rig)
    rig.inverter.read_status(rig.clock.now())
    assert rig.inverter.differing(target(rig, None, stored(settings)), settings) == frozenset()
    assert rig.writes() == 0


@by_inverter
@owners
@curtailments
def test_a_limit_that_breaks_off_at_any_step_can_be_undone(simulated: SimulatedInverter, command: Curtail, has_own_limit: bool) -> None:
    with simulated.start(has_own_limit) as rig:
        before, baseline = rig.settings(), stored(read(rig))
        wanted = target(rig, command, baseline)
        bring_about(rig, wanted)
        steps = rig.writes()
        bring_about(rig, target(rig, None, baseline))
        for broken_at in range(steps):
            _break_off(rig, wanted, broken_at)
            assert bring_about(rig, target(rig, None, baseline)) == frozenset()
            assert rig.settings() == before


@by_inverter
@owners
@curtailments
def test_giving_back_that_breaks_off_at_any_step_is_finished(simulated: SimulatedInverter, command: Curtail, has_own_limit: bool) -> None:
    with simulated.start(has_own_limit) as rig:
        before, baseline = rig.settings(), stored(read(rig))
        wanted, back = target(rig, command, baseline), target(rig, None, baseline)
        bring_about(rig, wanted)
        steps = len(rig.inverter.differing(back, read(rig)))
        for broken_at in range(steps):
            bring_about(rig, wanted)
            _break_off(rig, back, broken_at)
            assert bring_about(rig, back) == frozenset()
            assert rig.settings() == before


def _break_off(rig: InverterRig, wanted: Settings, after: int) -> None:
    fields = rig.inverter.differing(wanted, read(rig))
    if not rig.break_off_after(after):
        pytest.skip("a write to this device is one piece")
    with pytest.raises(VendorError):
        rig.inverter.write(wanted, fields, UNTIL)
    rig.recover()


@pytest.mark.parametrize("trouble", READ_ERRORS, ids=lambda trouble: trouble.name.lower())
def test_a_read_that_fails_has_the_right_name(rig: InverterRig, trouble: Trouble) -> None:
    if not rig.befall(trouble):
        pytest.skip("this cannot happen to the device")
    for call in (lambda: rig.inverter.read_status(rig.clock.now()), rig.inverter.read_settings):
        with pytest.raises(VendorError) as caught:
            call()
        assert name_of(caught.value) is READ_ERRORS[trouble]
        if isinstance(caught.value, RateLimited):
            assert caught.value.retry_after_s == 37
    rig.recover()
    assert read(rig)
    assert rig.inverter.read_status(rig.clock.now()).ac_w is not None


@pytest.mark.parametrize("trouble", WRITE_ERRORS, ids=lambda trouble: trouble.name.lower())
def test_a_write_that_fails_has_the_right_name_and_is_not_repeated(rig: InverterRig, trouble: Trouble) -> None:
    wanted = target(rig, Curtail(0), stored(read(rig)))
    fields = rig.inverter.differing(wanted, read(rig))
    if not rig.befall(trouble):
        pytest.skip("this cannot happen to the device")
    with pytest.raises(VendorError) as caught:
        rig.inverter.write(wanted, fields, UNTIL)
    assert name_of(caught.value) is WRITE_ERRORS[trouble]
    assert rig.writes() <= 1
    rig.recover()
    assert bring_about(rig, wanted) == frozenset()


@pytest.mark.parametrize("trouble", SAYS_NOTHING, ids=lambda trouble: trouble.name.lower())
def test_a_write_whose_answer_says_nothing_is_judged_by_reading_back(rig: InverterRig, trouble: Trouble) -> None:
    wanted = target(rig, Curtail(0), stored(read(rig)))
    fields = rig.inverter.differing(wanted, read(rig))
    if not rig.befall(trouble, on_writes=True):
        pytest.skip("this cannot happen to the device")
    rig.inverter.write(wanted, fields, UNTIL)
    rig.recover()
    assert rig.inverter.differing(wanted, read(rig)) == frozenset()


@curtailments
def test_a_limit_that_was_accepted_and_ignored_is_seen(rig: InverterRig, command: Curtail) -> None:
    wanted = target(rig, command, stored(read(rig)))
    fields = rig.inverter.differing(wanted, read(rig))
    if not rig.befall(Trouble.ACCEPTED_AND_IGNORED):
        pytest.skip("this cannot happen to the device")
    rig.inverter.write(wanted, fields, UNTIL)
    assert rig.inverter.differing(wanted, read(rig)) == fields


@by_inverter
@curtailments
def test_a_reading_is_fresh_and_tells_of_the_limit(simulated: SimulatedInverter, command: Curtail) -> None:
    with simulated.start(False) as rig:
        now = rig.clock.now()
        free = rig.inverter.read_status(now)
        assert timedelta(0) <= now - free.taken_at <= timedelta(minutes=2)
        assert (free.state, free.limit_w) == (InverterState.RUNNING, None)
        assert free.ac_w is not None
        assert free.ac_w > 1500
        bring_about(rig, target(rig, command, stored(read(rig))))
        rig.clock.advance(SETTLES_S)
        held = rig.inverter.read_status(rig.clock.now())
        assert held.state in (InverterState.LIMITED, InverterState.STOPPED)
        assert held.limit_w is not None
        assert held.limit_w <= max(command.max_w, simulated.least_w)
        told_w: Any = held.grid_w if rig.inverter.abilities.limits_export else held.ac_w
        assert abs(told_w) == pytest.approx(rig.limited_w(), abs=50)
        if rig.inverter.abilities.limits_export:
            assert told_w <= 0
