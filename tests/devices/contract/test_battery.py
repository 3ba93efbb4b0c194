"""The contract that every battery driver keeps, against a simulated device on a real socket."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.devices.capabilities import Battery, BatteryAbilities, CanReplan, Settings
from app.devices.registry import device_brands
from app.domain.opinions import (
    NO_LIMITS,
    BatteryCommand,
    BatteryLimits,
    Charge,
    Discharge,
    FollowTariff,
    Hold,
    SelfConsume,
)
from app.domain.prices import Quality
from app.domain.tariffs.half_hourly import RollingTariff, Slot, rolling_places
from app.domain.tariffs.seasonal import SeasonalTariff, seasonal
from app.transports.errors import RateLimited, VendorError
from tests.devices.contract.rig import START, ZONE, Rig, Simulated
from tests.devices.contract.simulated import SIMULATED
from tests.devices.contract.troubles import READ_ERRORS, SAYS_NOTHING, WRITE_ERRORS, Trouble, name_of
from tests.domain.plans import two_seasons

UNTIL = START + timedelta(minutes=60)


def a_tariff() -> RollingTariff:
    slots = (
        Slot(index, place.date, place.start, 20.0 + index % 7, 4.0 + index % 5, Quality.FORECAST)
        for index, place in enumerate(rolling_places(ZONE, START))
    )
    return RollingTariff(ZONE.key, "AUD", tuple(slots), provider="Example Power")


COMMANDS = (
    FollowTariff(a_tariff()),
    FollowTariff(seasonal(two_seasons(), ZONE.key, "AUD", provider="Example Power")),
    *(SelfConsume(), Hold(), Charge(3000), Discharge(3000)),
)


def named(command: BatteryCommand) -> str:
    return type(command.tariff if isinstance(command, FollowTariff) else command).__name__


LIMITS = BatteryLimits(min_soc_pct=35, max_export_w=0, grid_charging_allowed=False)
commands = pytest.mark.parametrize("command", COMMANDS, ids=named)
by_brand = pytest.mark.parametrize("simulated", SIMULATED, ids=lambda simulated: simulated.brand)


@pytest.fixture(params=SIMULATED, ids=lambda simulated: simulated.brand)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A device that shows at once what it is told."""
    with request.param.start(True) as running:
        yield running


def stored(settings: Settings) -> Settings:
    """As the database gives them back."""
    value: Settings = json.loads(json.dumps(dict(settings)))
    return value


def target(battery: Battery, command: BatteryCommand | None, baseline: Settings, limits: BatteryLimits = NO_LIMITS) -> Settings:
    if command is not None and not honours(battery, command):
        pytest.skip("this device cannot do that")
    return stored(battery.target(command, limits, baseline, now=START, until=UNTIL, zone=ZONE))


def honours(battery: Battery, command: BatteryCommand) -> bool:
    if isinstance(command, FollowTariff) and isinstance(command.tariff, SeasonalTariff) and not battery.abilities.takes_weekly_plan:
        return False
    return type(command) in battery.abilities.commands


def read(rig: Rig) -> Settings:
    """What the device tells now, past whatever the driver holds for a moment."""
    rig.clock.advance(5)
    return rig.battery.read_settings()


def bring_about(rig: Rig, wanted: Settings) -> frozenset[str]:
    """Write what differs; returns what still does."""
    fields = rig.battery.differing(wanted, read(rig))
    if fields:
        rig.battery.write(wanted, fields, UNTIL)
    return rig.battery.differing(wanted, read(rig))


def test_every_battery_brand_has_a_simulator() -> None:
    assert {simulated.brand for simulated in SIMULATED} == device_brands("battery").keys()


@by_brand
def test_the_brand_says_of_plans_what_the_driver_says(simulated: Simulated) -> None:
    with simulated.start(True) as rig:
        assert ("weekly_plan" in device_brands("battery")[simulated.brand].capabilities) == rig.battery.abilities.takes_weekly_plan


def test_a_driver_is_a_battery_that_names_what_it_can_do(rig: Rig) -> None:
    assert isinstance(rig.battery, Battery)
    assert isinstance(rig.battery.abilities, BatteryAbilities)
    settings = rig.battery.read_settings()
    assert settings.keys() <= rig.battery.abilities.settable.keys()
    assert rig.battery.abilities.drifts.keys() <= rig.battery.abilities.settable.keys()
    assert rig.battery.abilities.read_back_s.keys() <= rig.battery.abilities.settable.keys()
    words = rig.battery.in_words(settings)
    assert words.keys() == {rig.battery.abilities.settable[field] for field in settings}
    assert all(words.values())


@commands
@pytest.mark.parametrize("limits", [NO_LIMITS, LIMITS], ids=["no limits", "limits"])
def test_the_owner_gets_every_setting_back(rig: Rig, command: BatteryCommand, limits: BatteryLimits) -> None:
    before, told = rig.settings(), read(rig)
    baseline = stored(rig.battery.owners(told))
    wanted = target(rig.battery, command, baseline, limits)
    assert rig.battery.differing(wanted, told), "the command would change nothing, which proves nothing"
    assert bring_about(rig, wanted) == frozenset()
    assert rig.settings() != before
    assert bring_about(rig, target(rig.battery, None, baseline)) == frozenset()
    assert rig.settings() == before
    assert read(rig) == told


@commands
def test_one_command_follows_another_without_a_restore_between_them(rig: Rig, command: BatteryCommand) -> None:
    before, baseline = rig.settings(), stored(rig.battery.owners(read(rig)))
    for following in COMMANDS:
        if honours(rig.battery, following):
            assert bring_about(rig, target(rig.battery, command, baseline)) == frozenset()
            assert bring_about(rig, target(rig.battery, following, baseline)) == frozenset()
    assert bring_about(rig, target(rig.battery, None, baseline)) == frozenset()
    assert rig.settings() == before


@commands
def test_what_is_in_force_is_not_written_again(rig: Rig, command: BatteryCommand) -> None:
    wanted = target(rig.battery, command, stored(rig.battery.owners(read(rig))))
    bring_about(rig, wanted)
    writes, held = rig.writes(), rig.settings()
    assert 0 < writes <= len(rig.battery.abilities.settable)
    assert bring_about(rig, wanted) == frozenset()
    rig.battery.write(wanted, (), UNTIL)
    assert (rig.writes(), rig.settings()) == (writes, held)


def test_reading_and_comparing_write_nothing(rig: Rig) -> None:
    settings = rig.battery.read_settings()
    rig.battery.read_live(rig.clock.now())
    rig.battery.read_facts()
    assert rig.battery.differing(target(rig.battery, None, stored(settings)), settings) == frozenset()
    assert rig.writes() == 0


@commands
def test_what_powersync_wrote_is_never_taken_for_the_owners(rig: Rig, command: BatteryCommand) -> None:
    baseline = stored(rig.battery.owners(read(rig)))
    wanted = target(rig.battery, command, baseline)
    bring_about(rig, wanted)
    owners = rig.battery.owners(read(rig))
    ours = {field for field in baseline if field not in owners}
    assert rig.battery.owners(owners) == owners
    plans = {field for field in wanted if isinstance(wanted[field], dict)} & rig.battery.differing(wanted, baseline)
    assert ours == plans


@commands
def test_a_command_that_breaks_off_at_any_step_can_be_undone(rig: Rig, command: BatteryCommand) -> None:
    before, baseline = rig.settings(), stored(rig.battery.owners(read(rig)))
    wanted = target(rig.battery, command, baseline)
    bring_about(rig, wanted)
    steps = rig.writes()
    bring_about(rig, target(rig.battery, None, baseline))
    for broken_at in range(steps):
        fields = rig.battery.differing(wanted, read(rig))
        if not rig.break_off_after(broken_at):
            pytest.skip("a write to this device is one piece")
        with pytest.raises(VendorError):
            rig.battery.write(wanted, fields, UNTIL)
        rig.recover()
        assert bring_about(rig, target(rig.battery, None, baseline)) == frozenset()
        assert rig.settings() == before


@commands
def test_giving_back_that_breaks_off_at_any_step_is_finished(rig: Rig, command: BatteryCommand) -> None:
    before, baseline = rig.settings(), stored(rig.battery.owners(read(rig)))
    wanted, back = target(rig.battery, command, baseline), target(rig.battery, None, baseline)
    bring_about(rig, wanted)
    steps = len(rig.battery.differing(back, read(rig)))
    for broken_at in range(steps):
        bring_about(rig, wanted)
        fields = rig.battery.differing(back, read(rig))
        if not rig.break_off_after(broken_at):
            pytest.skip("a write to this device is one piece")
        with pytest.raises(VendorError):
            rig.battery.write(back, fields, UNTIL, purpose="restore")
        rig.recover()
        assert bring_about(rig, back) == frozenset()
        assert rig.settings() == before


@pytest.mark.parametrize("trouble", READ_ERRORS, ids=lambda trouble: trouble.name.lower())
def test_a_read_that_fails_has_the_right_name(rig: Rig, trouble: Trouble) -> None:
    if not rig.befall(trouble):
        pytest.skip("this cannot happen to the device")
    for call in (lambda: rig.battery.read_live(rig.clock.now()), rig.battery.read_settings, rig.battery.read_facts):
        with pytest.raises(VendorError) as caught:
            call()
        assert name_of(caught.value) is READ_ERRORS[trouble]
        if isinstance(caught.value, RateLimited):
            assert caught.value.retry_after_s == 37
    rig.recover()
    assert rig.battery.read_settings()


@pytest.mark.parametrize("trouble", WRITE_ERRORS, ids=lambda trouble: trouble.name.lower())
def test_a_write_that_fails_has_the_right_name_and_is_not_repeated(rig: Rig, trouble: Trouble) -> None:
    wanted = target(rig.battery, SelfConsume(), stored(read(rig)))
    fields = rig.battery.differing(wanted, read(rig))
    if not rig.befall(trouble):
        pytest.skip("this cannot happen to the device")
    with pytest.raises(VendorError) as caught:
        rig.battery.write(wanted, fields, UNTIL)
    assert name_of(caught.value) is WRITE_ERRORS[trouble]
    # A token that had ended is renewed, and the write sent again: what was refused so was not carried out.
    assert rig.writes() <= (2 if trouble is Trouble.TOKEN_REFUSED and getattr(rig, "renews_its_token", False) else 1)
    rig.recover()
    assert bring_about(rig, wanted) == frozenset()


@pytest.mark.parametrize("trouble", SAYS_NOTHING, ids=lambda trouble: trouble.name.lower())
def test_a_write_whose_answer_says_nothing_is_judged_by_reading_back(rig: Rig, trouble: Trouble) -> None:
    wanted = target(rig.battery, Hold(), stored(read(rig)))
    fields = rig.battery.differing(wanted, read(rig))
    if not rig.befall(trouble):
        pytest.skip("this cannot happen to the device")
    rig.battery.write(wanted, fields, UNTIL)
    rig.recover()
    assert rig.battery.differing(wanted, read(rig)) == frozenset()


@commands
def test_a_command_that_was_accepted_and_ignored_is_seen(rig: Rig, command: BatteryCommand) -> None:
    wanted = target(rig.battery, command, stored(read(rig)))
    fields = rig.battery.differing(wanted, read(rig))
    if not rig.befall(Trouble.ACCEPTED_AND_IGNORED):
        pytest.skip("this cannot happen to the device")
    rig.battery.write(wanted, fields, UNTIL)
    assert rig.battery.differing(wanted, read(rig)) == fields


@by_brand
@commands
def test_a_command_shows_within_the_time_that_the_driver_states(simulated: Simulated, command: BatteryCommand) -> None:
    with simulated.start(False) as rig:
        wanted = target(rig.battery, command, stored(read(rig)))
        fields = rig.battery.differing(wanted, read(rig))
        rig.battery.write(wanted, fields, UNTIL)
        wait_s = max(rig.battery.abilities.read_back_s.get(field, 10.0) for field in fields)
        rig.clock.advance(wait_s)
        assert rig.battery.differing(wanted, rig.battery.read_settings()) == frozenset()


def test_a_reading_is_fresh_complete_and_balanced(rig: Rig) -> None:
    rig.clock.advance(300)
    now = rig.clock.now()
    live = rig.battery.read_live(now)
    assert timedelta(0) <= now - live.taken_at <= timedelta(minutes=2)
    assert live.soc_pct is not None
    assert 0 <= live.soc_pct <= 100
    powers: list[Any] = [live.solar_w, live.grid_w, live.battery_w, live.load_w]
    assert None not in powers
    assert powers[0] + powers[1] + powers[2] == pytest.approx(powers[3], abs=max(100, 0.05 * powers[3]))


@pytest.mark.parametrize("command", [Charge(3000), Discharge(3000)], ids=lambda command: type(command).__name__)
def test_a_reading_names_the_direction_of_every_power(rig: Rig, command: Charge | Discharge) -> None:
    assert bring_about(rig, target(rig.battery, command, stored(rig.battery.owners(read(rig))))) == frozenset()
    rig.clock.advance(600)
    live = rig.battery.read_live(rig.clock.now())
    powers: list[Any] = [live.solar_w, live.grid_w, live.battery_w, live.load_w]
    assert None not in powers
    solar_w, grid_w, battery_w, load_w = powers
    assert battery_w < -500 if isinstance(command, Charge) else battery_w > 500
    assert abs(grid_w) > 200, "without the grid its sign proves nothing"
    assert solar_w + grid_w + battery_w == pytest.approx(load_w, abs=max(100, 0.05 * load_w))


def test_the_device_tells_its_clock_and_its_size(rig: Rig) -> None:
    facts = rig.battery.read_facts()
    assert facts.timezone == (ZONE.key if rig.tells_timezone else None)
    assert facts.capacity_wh is not None
    assert facts.capacity_wh > 0


def test_thinking_again_ends_in_the_settings_that_were_in_force(rig: Rig) -> None:
    if not isinstance(rig.battery, CanReplan):
        pytest.skip("this device does not plan")
    before, settings = rig.settings(), rig.battery.read_settings()
    steps = rig.battery.replan_steps(settings)
    assert steps
    for step, stay_s in steps:
        rig.battery.write(step, step.keys(), None)
        assert rig.battery.differing(step, read(rig)) == frozenset()
        rig.clock.advance(stay_s)
    assert rig.settings() == before
