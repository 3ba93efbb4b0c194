"""The gateway at home: a fast source of readings beside the cloud, known by its certificate."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from app.devices.tesla import BRANDS
from app.devices.tesla.driver import Powerwall
from app.devices.tesla.fields import TeslaFields
from app.devices.tesla.gateway import SOURCE, Gateway, app_pct, live_reading_from
from app.simulators import effects
from app.simulators.certificate import self_signed
from app.simulators.pace import SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.world import World
from app.transports.context import Context, TokensInMemory
from app.transports.errors import AnswerNotUnderstood, CertificateChanged, CredentialsRefused, RequestRefused, Unreachable
from app.transports.pinned_tls import KEPT_AS
from tests.devices.tesla.test_driver import START


class Home:
    def __init__(self, world: World, clock: SimulatedPace) -> None:
        self.world, self.clock = world, clock
        self.tokens = TokensInMemory()
        self.port = urlsplit(world.gateway_url).port or 0
        self.context = Context(clock, world.environment(), tokens=self.tokens)
        self.battery = self.opened()

    def opened(self, password: str = "KZ4T7") -> Powerwall:
        fields = TeslaFields(
            token=self.world.teslemetry.site.token,
            energy_site_id=str(self.world.teslemetry.site.energy_site_id),
            gateway_host="127.0.0.1",
            gateway_port=self.port,
            gateway_password=password,
        )
        battery: Powerwall = BRANDS[0].open(fields, self.context)
        return battery

    def gateway(self, password: str = "KZ4T7") -> Gateway:
        return Gateway(self.context, "127.0.0.1", self.port, password)

    def logins(self) -> int:
        return len(self.world.tesla_gateway.writes())

    def from_cloud(self) -> int:
        return len([each for each in self.world.teslemetry.requests if each.path.endswith("live_status")])


@pytest.fixture
def home() -> Iterator[Home]:
    clock = SimulatedPace(START)
    with World(clock, behaviour=Behaviour.prompt(), teslemetry_quota=None, has_gateway=True, soc_pct=62) as world:
        yield Home(world, clock)


def test_the_gateway_tells_what_the_cloud_tells(home: Home) -> None:
    here = home.battery.read_live(home.clock.now())
    assert here.source == SOURCE
    assert home.from_cloud() == 0
    home.world.faults.add(effects.Status(503), server="tesla_gateway")
    cloud = home.battery.read_live(home.clock.now())
    assert cloud.source == "tesla"
    for name in ("solar_w", "grid_w", "battery_w", "load_w", "on_grid"):
        assert getattr(here, name) == pytest.approx(getattr(cloud, name)), name
    assert here.soc_pct == pytest.approx(cloud.soc_pct, abs=0.01)
    assert here.soc_pct == pytest.approx(62, abs=0.5)


def test_an_outage_of_the_grid_is_seen_at_once(home: Home) -> None:
    home.world.powerwall.grid_is_down = True
    home.clock.advance(60)
    assert home.battery.read_live(home.clock.now()).on_grid is False
    home.world.tesla_gateway.transition = "SystemTransitionToGrid"
    assert home.battery.read_live(home.clock.now()).on_grid is False
    home.world.tesla_gateway.transition = "SomethingNew"
    assert home.battery.read_live(home.clock.now()).on_grid is None


def test_it_logs_in_once_and_again_where_the_session_has_ended(home: Home) -> None:
    for _ in range(3):
        home.battery.read_live(home.clock.now())
    assert home.logins() == 1
    home.world.tesla_gateway.end_sessions()
    assert home.battery.read_live(home.clock.now()).source == SOURCE
    assert home.logins() == 2


def test_a_wrong_password_is_told_and_tried_seldom(home: Home) -> None:
    with pytest.raises(CredentialsRefused, match="last five characters") as told:
        home.gateway("WRONGPASSWORD").read_live(home.clock.now())
    assert "WRONGPASSWORD" not in str(told.value)
    battery, tried = home.opened("WRONGPASSWORD"), home.logins()
    for _ in range(8):
        assert battery.read_live(home.clock.now()).source == "tesla"
        home.clock.advance(30)
    assert home.logins() == tried + 1


def test_while_the_gateway_is_silent_the_cloud_is_asked_no_more_than_once_a_minute(home: Home) -> None:
    home.world.faults.add(effects.Refused(), server="tesla_gateway", for_s=3600)
    for _ in range(10):
        home.battery.read_live(home.clock.now())
        home.clock.advance(30)
    assert home.from_cloud() == 5
    home.world.faults.clear()
    home.clock.advance(61)
    assert home.battery.read_live(home.clock.now()).source == SOURCE


def test_another_certificate_gets_no_password(home: Home) -> None:
    home.battery.read_live(home.clock.now())
    server = home.world._servers["tesla_gateway"]
    server.close()
    server.tls = self_signed("powerwall", home.clock.now()).context  # type: ignore[union-attr]
    server.listen()
    logins = home.logins()
    with pytest.raises(CertificateChanged, match="another certificate than before"):
        home.gateway().read_live(home.clock.now())
    assert home.battery.read_live(home.clock.now()).source == "tesla"
    assert home.logins() == logins
    home.tokens.save({KEPT_AS: ""})  # the owner has linked it again
    assert home.gateway().read_live(home.clock.now()).source == SOURCE


def test_the_password_goes_only_to_what_asks_for_a_login_like_a_gateway(home: Home) -> None:
    home.world.faults.add(effects.Status(404), server="tesla_gateway", count=1)
    with pytest.raises(RequestRefused):
        home.gateway().read_live(home.clock.now())
    assert (home.logins(), home.tokens.load()) == (0, {})
    home.gateway().read_live(home.clock.now())
    assert home.logins() == 1
    assert list(home.tokens.load()) == [KEPT_AS]


def test_a_powerwall_3_tells_power_and_charge_and_no_more(home: Home) -> None:
    home.world.tesla_gateway.is_powerwall_3 = True
    gateway = home.gateway()
    assert gateway.read_live(home.clock.now()).soc_pct is not None
    assert gateway.read_serials() == ()
    assert gateway.read_pack_wh() is None


def test_a_powerwall_2_tells_its_packs(home: Home) -> None:
    assert home.gateway().read_serials() == ("TG124060000042",)
    assert home.gateway().read_pack_wh() == 13_120


def test_only_devices_at_home_are_called(home: Home) -> None:
    with pytest.raises(RequestRefused, match="not a device in your own network"):
        Gateway(home.context, "8.8.8.8", 443, "KZ4T7").read_live(home.clock.now())


def test_a_test_of_the_connection_tells_how_the_gateway_answers(home: Home) -> None:
    (row,) = home.battery.preflight()
    assert (row.state, row.words) == ("ok", "It answers. Serial numbers: TG124060000042.")
    home.world.faults.add(effects.Refused(), server="tesla_gateway", for_s=60)
    (row,) = home.opened().preflight()
    assert row.state == "late"
    assert row.words.endswith("The cloud is read instead.")


def test_nobody_at_the_address_is_told_as_such(home: Home) -> None:
    home.world.faults.add(effects.Refused(), server="tesla_gateway", for_s=60)
    with pytest.raises(Unreachable):
        home.gateway().read_live(home.clock.now())


@pytest.mark.parametrize(("raw", "app"), [(5, 0), (24, 20), (52.78, 50.29), (81, 80), (100, 100), (3, 0)])
def test_the_hidden_five_percent(raw: float, app: float) -> None:
    assert app_pct(raw) == pytest.approx(app, abs=0.01)


@pytest.mark.parametrize("raw", [-1, 101])
def test_what_is_no_charge_is_none(raw: float) -> None:
    assert app_pct(raw) is None


METER = {"last_communication_time": "2026-03-14T11:25:31.1+11:00"}
NOW = datetime(2026, 3, 14, 0, 26, tzinfo=UTC)


def test_the_example_of_the_gateways_pages() -> None:
    powers = {"site": -310, "battery": -2610, "load": 1200, "solar": 4120}
    meters = {name: {**METER, "instant_power": power} for name, power in powers.items()}
    live = live_reading_from(meters, {"percentage": 64.3}, {"grid_status": "SystemGridConnected"}, NOW)
    assert (live.grid_w, live.battery_w, live.load_w, live.solar_w) == (-310, -2610, 1200, 4120)
    assert live.soc_pct == pytest.approx(62.42, abs=0.01)
    assert live.taken_at == datetime(2026, 3, 14, 0, 25, 31, 100_000, tzinfo=UTC)
    assert live.on_grid is True


def test_a_reading_is_as_old_as_its_oldest_meter_and_missing_power_stays_missing() -> None:
    old = {"last_communication_time": "2026-03-14T11:20:00+11:00", "instant_power": 1}
    live = live_reading_from({"site": old, "battery": METER}, {}, {}, NOW)
    assert live.taken_at == datetime(2026, 3, 14, 0, 20, tzinfo=UTC)
    assert (live.battery_w, live.solar_w, live.soc_pct, live.on_grid) == (None, None, None, None)


def test_meters_without_a_time_are_no_reading() -> None:
    with pytest.raises(AnswerNotUnderstood):
        live_reading_from({"site": {"instant_power": 5}}, {}, {}, NOW)


def test_an_address_needs_its_password() -> None:
    from pydantic import ValidationError

    with pytest.raises(ValidationError):
        TeslaFields(token="t", gateway_host="192.168.1.30")
    assert BRANDS[0].as_linked({"gateway_host": "192.168.1.30"}).poll_s == 30
    assert BRANDS[0].as_linked({}).poll_s == 60
