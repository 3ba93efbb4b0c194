"""The Powerwall's driver against a simulated Powerwall behind Teslemetry's protocol."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from app.devices.tesla import BRANDS
from app.devices.tesla.driver import Powerwall
from app.devices.tesla.fields import TeslaFields
from app.devices.tesla.sites import energy_site_choices
from app.domain.opinions import NO_LIMITS, BatteryCommand, Charge, Discharge, FollowTariff, Hold, SelfConsume
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.world import World
from app.transports.context import Context
from app.transports.errors import RequestRefused, Unreachable, VendorError
from tests.devices.tesla.samples import two_seasons
from tests.devices.tesla.test_tariff import a_tariff

START = datetime(2026, 3, 14, 6, 18, tzinfo=UTC)  # 17:18 in Sydney
UNTIL = START + timedelta(minutes=30)
SYDNEY = ZoneInfo("Australia/Sydney")
SYNC = FollowTariff(a_tariff([30.0] * 24 + [10.0] * 24, [5.0] * 48, provider="Amber"))
COMMANDS = (SYNC, SelfConsume(), Hold(), Charge(), Discharge())


class Home:
    """A simulated home and the driver of its Powerwall."""

    def __init__(self, world: World, clock: SimulatedPace) -> None:
        self.world, self.clock = world, clock
        self.context = Context(clock, world.environment())
        self.token = world.teslemetry.site.token
        self.fields = TeslaFields(token=self.token, energy_site_id=str(world.teslemetry.site.energy_site_id))
        self.battery: Powerwall = BRANDS[0].open(self.fields, self.context)

    def read(self) -> Mapping[str, Any]:
        self.clock.advance(5)
        return self.battery.read_settings()

    def baseline(self) -> Mapping[str, Any]:
        stored: Mapping[str, Any] = json.loads(json.dumps(self.battery.owners(self.read())))
        return stored

    def follow(self, command: BatteryCommand | None, baseline: Mapping[str, Any]) -> frozenset[str]:
        wanted = self.battery.target(command, NO_LIMITS, baseline, now=START, until=UNTIL, zone=SYDNEY)
        if fields := self.battery.differing(wanted, self.read()):
            self.battery.write(wanted, fields, UNTIL)
        return self.battery.differing(wanted, self.read())

    def sent(self) -> list[tuple[str, Any]]:
        return [(write.path.rpartition("/")[2], write.body) for write in self.world.teslemetry.writes()]

    def reads(self, what: str) -> int:
        return sum(request.path.endswith(what) for request in self.world.teslemetry.requests)


@contextmanager
def a_home(**behaviour: Any) -> Iterator[Home]:
    clock = SimulatedPace(START)
    with World(clock, behaviour=replace(Behaviour.prompt(), **behaviour), teslemetry_quota=None) as world:
        yield Home(world, clock)


@pytest.fixture
def home() -> Iterator[Home]:
    with a_home() as running:
        yield running


def rules(home: Home, **settings: Any) -> None:
    home.world.powerwall.owner_sets(**settings)


OWNERS: dict[str, dict[str, Any]] = {
    "self-powered, nothing exported, no grid charging": {
        "default_real_mode": "self_consumption",
        "customer_preferred_export_rule": "never",
        "disallow_charge_from_grid_with_solar_installed": True,
    },
    "backup mode, full reserve": {"default_real_mode": "backup", "backup_reserve_percent": 100},
    "own plan with seasons, solar exported": {
        "tariff_content_v2": two_seasons(),
        "customer_preferred_export_rule": "pv_only",
        "backup_reserve_percent": 0,
    },
}


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_every_kind_of_owner_gets_the_settings_back(home: Home, owner: str, command: BatteryCommand) -> None:
    rules(home, **OWNERS[owner])
    before, baseline = home.world.powerwall.site_settings(), home.baseline()
    assert home.follow(command, baseline) == frozenset()
    assert home.follow(None, baseline) == frozenset()
    assert home.world.powerwall.site_settings() == before


@pytest.mark.parametrize(
    "behaviour", [{"mode_change_forbids_grid_charging": True}, {"shows_export_rule": False}, {"drops_zero_rates": True}], ids=str
)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_the_owner_gets_the_settings_back_from_every_firmware(behaviour: dict[str, Any], command: BatteryCommand) -> None:
    with a_home(**behaviour) as home:
        before, baseline = home.world.powerwall.settings(), home.baseline()
        assert home.follow(command, baseline) == frozenset()
        assert home.follow(None, baseline) == frozenset()
        after = home.world.powerwall.settings()
        assert {**after, "tariff_content_v2": None} == {**before, "tariff_content_v2": None}
        assert home.world.powerwall.tariff_problems == []


def test_charging_is_commanded_in_an_order_that_is_safe_at_each_step(home: Home) -> None:
    rules(home, default_real_mode="self_consumption", disallow_charge_from_grid_with_solar_installed=True)
    home.follow(Charge(), home.baseline())
    assert [endpoint for endpoint, _ in home.sent()] == ["time_of_use_settings", "backup", "operation", "grid_import_export"]
    _, reserve, mode, grid = (body for _, body in home.sent())
    assert reserve == {"backup_reserve_percent": 100}
    assert mode == {"default_real_mode": "autonomous"}
    assert grid == {"disallow_charge_from_grid_with_solar_installed": False}


def test_discharging_forbids_buying_before_the_plan_pays_for_selling(home: Home) -> None:
    rules(home, default_real_mode="self_consumption", customer_preferred_export_rule="pv_only", backup_reserve_percent=5)
    home.follow(Discharge(), home.baseline())
    assert [endpoint for endpoint, _ in home.sent()] == ["grid_import_export", "time_of_use_settings", "backup", "operation"]
    assert home.sent()[0][1] == {
        "customer_preferred_export_rule": "battery_ok",
        "disallow_charge_from_grid_with_solar_installed": True,
    }
    assert home.sent()[2][1] == {"backup_reserve_percent": 10}


def test_a_restore_stops_the_battery_before_anything_else(home: Home) -> None:
    rules(home, default_real_mode="self_consumption", customer_preferred_export_rule="pv_only")
    baseline = home.baseline()
    home.follow(Discharge(), baseline)
    sent_before = len(home.sent())
    home.follow(None, baseline)
    assert [endpoint for endpoint, _ in home.sent()[sent_before:]] == ["operation", "grid_import_export", "time_of_use_settings"]


def test_following_a_tariff_uploads_it_and_nothing_else(home: Home) -> None:
    home.follow(SYNC, home.baseline())
    ((endpoint, body),) = home.sent()
    assert endpoint == "time_of_use_settings"
    assert body["tou_settings"]["tariff_content_v2"]["code"] == "POWERSYNC:SYNC"
    assert home.world.powerwall.tariff_problems == []


@pytest.mark.parametrize("command", [Charge(), Discharge()], ids=["charge", "discharge"])
def test_the_powerwall_does_what_a_control_plan_means(home: Home, command: BatteryCommand) -> None:
    home.follow(command, home.baseline())
    home.clock.advance(300)
    battery_w = home.battery.read_live(home.clock.now()).battery_w
    assert battery_w is not None
    assert battery_w < -2000 if isinstance(command, Charge) else battery_w > 2000


def test_an_owner_without_a_plan_gets_a_neutral_one_instead_of_ours(home: Home) -> None:
    home.world.powerwall.shown["tariff_content_v2"] = {}
    baseline = home.baseline()
    assert baseline["tariff"] == {}
    home.follow(Charge(), baseline)
    assert home.follow(None, baseline) == frozenset()
    assert home.read()["tariff"]["code"] == "POWERSYNC:NEUTRAL"
    assert "tariff" not in home.battery.owners(home.read())


def test_a_reserve_that_tesla_refuses_is_never_sent(home: Home) -> None:
    home.battery.write({"reserve_pct": 90}, ["reserve_pct"], None)
    assert home.sent() == [("backup", {"backup_reserve_percent": 80})]


def test_one_answer_serves_settings_and_facts_for_a_moment(home: Home) -> None:
    home.battery.read_settings()
    home.battery.read_facts()
    assert home.reads("site_info") == 1
    home.clock.advance(2.5)
    home.battery.read_settings()
    assert home.reads("site_info") == 2


@pytest.mark.parametrize("fault", [None, effects.Status(502), effects.Rejection()], ids=["accepted", "lost", "declined"])
def test_after_a_write_the_device_is_asked_again(home: Home, fault: effects.Effect | None) -> None:
    home.battery.read_settings()
    if fault is not None:
        home.world.faults.add(fault, server="teslemetry", method="POST")
        with pytest.raises(VendorError):
            home.battery.write({"mode": "backup"}, ["mode"], None)
    else:
        home.battery.write({"mode": "backup"}, ["mode"], None)
    home.battery.read_settings()
    assert home.reads("site_info") == 2


def test_a_home_that_is_offline_is_called_so(home: Home) -> None:
    home.world.faults.add(effects.Status(408), server="teslemetry")
    with pytest.raises(Unreachable, match="the Powerwall's site is offline"):
        home.battery.read_live(home.clock.now())


def test_a_stale_reading_shows_its_age_and_a_missing_charge_stays_missing(home: Home) -> None:
    home.world.faults.add(effects.StaleTimestamp(age_s=1800), server="teslemetry")
    home.world.faults.add(effects.MissingCharge(), server="teslemetry")
    now = home.clock.now()
    live = home.battery.read_live(now)
    assert now - live.taken_at >= timedelta(minutes=30)
    assert (live.soc_pct, live.stored_wh) == (None, None)


def every_error(home: Home) -> list[VendorError]:
    raised = []
    for effect in (effects.Status(401), effects.Status(403), effects.Status(429), effects.Status(500), effects.Reset(), effects.Html()):
        number = home.world.faults.add(effect, server="teslemetry")
        try:
            home.battery.read_live(home.clock.now())
        except VendorError as error:
            raised.append(error)
        home.world.faults.remove(number)
    return raised


def test_no_error_shows_the_token(home: Home) -> None:
    raised = every_error(home)
    assert len(raised) == 6
    assert all(home.token not in repr(error) + str(error) for error in raised)
    assert home.token not in repr(home.fields)


def test_without_a_site_number_the_only_powerwall_is_found_once(home: Home) -> None:
    battery = BRANDS[0].open(TeslaFields(token=home.token), home.context)
    battery.read_live(home.clock.now())
    battery.read_settings()
    assert home.reads("products") == 1


def test_a_site_number_of_another_account_is_refused_in_words(home: Home) -> None:
    battery = BRANDS[0].open(TeslaFields(token=home.token, energy_site_id="42"), home.context)
    with pytest.raises(RequestRefused, match="not known to the account"):
        battery.read_settings()


def test_the_form_offers_the_sites_with_their_size_and_clock(home: Home) -> None:
    (choice,) = energy_site_choices(TeslaFields(token=home.token), home.context)
    assert choice.value == home.fields.energy_site_id
    assert (choice.label, choice.timezone, choice.is_usable) == ("Home", "Australia/Sydney", True)
    assert choice.note.startswith("Powerwall")
    assert choice.note.endswith("13.5 kWh")


def test_a_home_that_is_offline_can_still_be_chosen(home: Home) -> None:
    home.world.faults.add(effects.Status(408), server="teslemetry", path="site_info")
    (choice,) = energy_site_choices(TeslaFields(token=home.token), home.context)
    assert (choice.value, choice.timezone, choice.is_usable) == (home.fields.energy_site_id, None, True)


@pytest.mark.parametrize(
    "entered", [{"tokn": "x"}, {"token": ""}, {"token": "x", "energy_site_id": "12a"}, {"token": "x", "connection": "local"}]
)
def test_what_cannot_be_is_refused_when_it_is_entered(entered: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TeslaFields.model_validate(entered)


def test_thinking_again_is_only_for_time_based_control(home: Home) -> None:
    assert home.battery.replan_steps({"mode": "self_consumption"}) == ()
    assert home.battery.replan_steps({"mode": "backup", "grid_charging": True}) == ()
    assert home.battery.replan_steps({"mode": "autonomous", "grid_charging": False}) == (
        ({"mode": "self_consumption"}, 5.0),
        ({"mode": "autonomous"}, 2.0),
    )
    assert home.battery.replan_steps({"mode": "autonomous", "grid_charging": True})[1] == (
        {"mode": "autonomous", "grid_charging": True},
        2.0,
    )
