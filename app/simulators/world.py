"""The whole simulated world: one home, its market, and the vendors' servers on localhost."""

import random
import threading
from datetime import timedelta
from types import TracebackType
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from app.simulators.aemo import SUMMARY_PATH, AemoService
from app.simulators.amber import AmberAccount, AmberService, AmberSite, Quota
from app.simulators.amber_rows import CONTROLLED_LOAD, FEED_IN, GENERAL, PriceRows
from app.simulators.amber_stream import AmberStream
from app.simulators.battery import BatteryPack
from app.simulators.certificate import self_signed
from app.simulators.effects import Refused
from app.simulators.faults import Faults
from app.simulators.forecast_solar import ForecastSolarService
from app.simulators.gateway_tariff import Content, time_of_use_plan
from app.simulators.household import Household
from app.simulators.irradiance import Weather
from app.simulators.kwatch import KwatchAccount, KwatchService
from app.simulators.load import HouseLoad
from app.simulators.market import Market
from app.simulators.modbus import ModbusServer
from app.simulators.nem import Nem
from app.simulators.octopus import OctopusService
from app.simulators.open_meteo import OpenMeteoService
from app.simulators.pace import Clock
from app.simulators.places import place_in
from app.simulators.powerwall import Behaviour, Powerwall
from app.simulators.service import Service
from app.simulators.shared_roof import SharedRoof
from app.simulators.sockets import HttpServer
from app.simulators.solcast import RooftopSite, SolcastAccount, SolcastService
from app.simulators.sun import Sky, SolarArray
from app.simulators.tesla_account import TeslaAccount
from app.simulators.tesla_fleet import TeslaAuthService, TeslaFleetService
from app.simulators.tesla_gateway import TeslaGatewayService
from app.simulators.teslemetry import EnergySite, TeslemetryService

SETTLING = timedelta(days=3)
"""How long a home runs before its record begins, so that the charge has found its daily rhythm."""
_ULID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def owners_plan(currency: str = "AUD") -> Content:
    """The rate plan that the owner entered in the vendor's app before PowerSync came."""
    return time_of_use_plan(
        "My time of use", currency, [(0, 0.24, 0.05), (7, 0.31, 0.05), (15, 0.52, 0.08), (21, 0.31, 0.05), (22, 0.24, 0.05)]
    )


class World:
    """A context manager. Ports are free ones unless given; the same `seed` gives the same world.

    Under RealTime a thread steps the home each `step_s`; under SimulatedPace the home is stepped when somebody looks. `history_days` runs
    the home that long up to its start, under the owner's own plan, so that charts have a past (about 50 ms a day). `solar_inverter`: a part
    of the panels hangs on a Sungrow SG inverter that speaks Modbus. `has_fleet` opens Tesla's own API and sign-in beside Teslemetry, for
    the same Powerwall; `has_gateway` its gateway at home, with TLS.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 1,
        zone: str = "Australia/Sydney",
        behaviour: Behaviour | None = None,
        history_days: float = 0,
        solar_peak_w: float = 8_000,
        load_scale: float = 1.0,
        capacity_wh: float = 13_500,
        soc_pct: float = 55,
        confirm_after_s: float | None = 25.0,
        horizon_h: float | None = None,
        controlled_load: bool = False,
        demand_tariff: bool = False,
        amber_quota: int | None = 50,
        teslemetry_quota: int | None = 60,
        solar_inverter: bool = False,
        has_fleet: bool = False,
        has_gateway: bool = False,
        step_s: float = 1.0,
        host: str = "127.0.0.1",
        amber_port: int = 0,
        amber_ws_port: int = 0,
        teslemetry_port: int = 0,
        aemo_port: int = 0,
        kwatch_port: int = 0,
        octopus_port: int = 0,
        open_meteo_port: int = 0,
        forecast_solar_port: int = 0,
        solcast_port: int = 0,
        solar_inverter_port: int = 0,
        tesla_fleet_port: int = 0,
        tesla_auth_port: int = 0,
        tesla_gateway_port: int = 0,
    ) -> None:
        place, dice = place_in(zone), random.Random(seed * 31 + 7)
        self.clock, self.seed, self.zone, self.place = clock, seed, zone, place
        self.solar_peak_w, self.load_scale, self._step_s = solar_peak_w, load_scale, step_s
        self.sky = Sky(place, seed)
        self.market = Market(place, seed, self.sky, confirm_after_s, horizon_h)
        self.powerwall = Powerwall(ZoneInfo(zone), seed, owners_plan(place.currency), BatteryPack(capacity_wh, soc_pct), behaviour)
        now = clock.now()
        recorded_from = now - timedelta(days=history_days)
        start = recorded_from - SETTLING if history_days else now
        self.roof = SharedRoof(place, self.sky, solar_peak_w, start) if solar_inverter else None
        self.household = Household(
            start,
            self.powerwall,
            self.roof or SolarArray(place, self.sky, solar_peak_w),
            HouseLoad(ZoneInfo(zone), seed, load_scale),
            keep=timedelta(days=max(3.0, history_days + 2)),
        )
        if history_days:
            self.household.step_to(recorded_from, step_s=300)
            self.household.settle_down()
        self.household.step_to(now)
        self.powerwall.settle = self.step
        if self.roof is not None:
            self.roof.joins(self.household)
            self.roof.inverter.settle = self.step
        self.faults = Faults(clock.now)
        channels = (GENERAL, CONTROLLED_LOAD, FEED_IN) if controlled_load else (GENERAL, FEED_IN)
        account = AmberAccount("psk_" + _letters(dice, 32).lower(), "", [], Quota(amber_quota))
        account.sites = [
            AmberSite("01G" + _letters(dice, 23), "3120011111", place.network, "closed", active_from="2021-08-02", closed_on="2023-06-30"),
            AmberSite("01J" + _letters(dice, 23), "3120012345", place.network, "active", 5, channels),
            AmberSite("01H" + _letters(dice, 23), "3120067890", place.network, "active", 30, (GENERAL,)),
        ]
        account.site_id = account.sites[1].id
        site = EnergySite(_letters(dice, 40).lower(), 2252147638650000 + seed % 997, "Home", zone)
        self.amber = AmberService(clock, self.faults, account, PriceRows(self.market, demand_tariff), self.household)
        self.teslemetry = TeslemetryService(clock, self.faults, site, self.household, Quota(teslemetry_quota, 60))
        self.nem = Nem(self.market, seed)
        self.aemo = AemoService(clock, self.faults, self.nem)
        self.kwatch = KwatchService(clock, self.faults, self.nem, KwatchAccount(_letters(dice, 32).lower()))
        self.octopus = OctopusService(clock, self.faults, seed)
        self.weather = Weather(self.sky, seed)
        self.open_meteo = OpenMeteoService(clock, self.faults, self.weather)
        self.forecast_solar = ForecastSolarService(clock, self.faults, self.weather, zone)
        self.solcast = SolcastService(clock, self.faults, self.weather, self._solcast_account(seed))
        self.amber_stream = AmberStream(clock, self.faults, self.amber, host, amber_ws_port)
        self._servers: dict[str, HttpServer | AmberStream | ModbusServer] = {
            "amber": HttpServer(self.amber, clock, host, amber_port),
            "amber_stream": self.amber_stream,
            "teslemetry": HttpServer(self.teslemetry, clock, host, teslemetry_port),
            "aemo": HttpServer(self.aemo, clock, host, aemo_port),
            "kwatch": HttpServer(self.kwatch, clock, host, kwatch_port),
            "octopus": HttpServer(self.octopus, clock, host, octopus_port),
            "open_meteo": HttpServer(self.open_meteo, clock, host, open_meteo_port),
            "forecast_solar": HttpServer(self.forecast_solar, clock, host, forecast_solar_port),
            "solcast": HttpServer(self.solcast, clock, host, solcast_port),
        }
        self.solar_inverter: ModbusServer | None = None
        if self.roof is not None:
            device = self.roof.inverter
            self.solar_inverter = ModbusServer(device, clock, self.faults, host, solar_inverter_port, single_client=False)
            self._servers[device.name] = self.solar_inverter
        self.tesla_account = TeslaAccount()
        self.tesla_fleet = TeslaFleetService(clock, self.faults, site, self.household, Quota(teslemetry_quota, 60), self.tesla_account)
        self.tesla_auth = TeslaAuthService(clock, self.faults, self.tesla_account)
        self.has_fleet = has_fleet
        if has_fleet:
            self._servers["tesla_fleet"] = HttpServer(self.tesla_fleet, clock, host, tesla_fleet_port)
            self._servers["tesla_auth"] = HttpServer(self.tesla_auth, clock, host, tesla_auth_port)
        self.tesla_gateway = TeslaGatewayService(clock, self.faults, self.household, zone)
        if has_gateway:
            own = self_signed("powerwall", now).context
            self._servers["tesla_gateway"] = HttpServer(self.tesla_gateway, clock, host, tesla_gateway_port, tls=own)
        self._stopping = threading.Event()
        self._started = False
        clock.on_advance(self._look_around)
        self.faults.on_change(self._look_around)

    # -- life -----------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Open the ports."""
        self._started = True
        for server in self._servers.values():
            server.listen()
        if self.has_fleet:
            self.tesla_account.audience = self.tesla_fleet_url
        if self.clock.is_real:
            threading.Thread(target=self._live, name="simulated household", daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the ports and end the threads."""
        self._started = False
        self._stopping.set()
        for server in self._servers.values():
            server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def step(self) -> None:
        """Bring the home up to the present."""
        self.household.step_to(self.clock.now())

    # -- where things are -----------------------------------------------------------------------------------------

    @property
    def amber_url(self) -> str:
        """Base URL with `/v1`."""
        return f"{self._servers['amber'].url}/v1"

    @property
    def amber_ws_url(self) -> str:
        """The whole URL of the price stream."""
        return self.amber_stream.url

    @property
    def teslemetry_url(self) -> str:
        """Scheme and host."""
        return self._servers["teslemetry"].url

    @property
    def tesla_fleet_url(self) -> str:
        """Scheme and host; only with `has_fleet`."""
        return self._servers["tesla_fleet"].url

    @property
    def tesla_auth_url(self) -> str:
        """Scheme and host of the sign-in page and of the token service; only with `has_fleet`."""
        return self._servers["tesla_auth"].url

    @property
    def gateway_url(self) -> str:
        """Scheme, host and port; only with `has_gateway`."""
        return self._servers["tesla_gateway"].url

    @property
    def aemo_summary_url(self) -> str:
        """The whole URL of the summary."""
        return f"{self._servers['aemo'].url}{SUMMARY_PATH}"

    @property
    def aemo_nemweb_url(self) -> str:
        """Scheme and host of the file server."""
        return self._servers["aemo"].url

    @property
    def flow_power_url(self) -> str:
        """Base URL with `/api/v1`."""
        return f"{self._servers['kwatch'].url}/api/v1"

    @property
    def octopus_url(self) -> str:
        """Base URL with `/v1`."""
        return f"{self._servers['octopus'].url}/v1"

    def _solcast_account(self, seed: int) -> SolcastAccount:
        """The roof as the owner entered it there: one site, and half of another that this home does not have."""
        dice, place = random.Random(seed * 31 + 23), self.place
        north = 180.0 if place.latitude_deg > 0 else 0.0
        ids = ["-".join(_letters(dice, 4).lower() for _ in range(4)) for _ in range(2)]
        sizes = (self.solar_peak_w / 1000, 3.0)
        sites = [
            RooftopSite(each, name, place.latitude_deg, place.longitude_deg, size * 0.9, size, azimuth, 20)
            for each, name, size, azimuth in zip(ids, ("Home", "Shed"), sizes, (north, -90.0), strict=True)
        ]
        return SolcastAccount(_letters(dice, 32), sites)

    def solar_forecast_entry(self, brand: str) -> dict[str, Any]:
        """The site file's `solar_forecast` for this home. Raises ValueError for a brand that is not simulated."""
        if brand == "solcast":
            account = self.solcast.account
            return {"brand": brand, "api_key": account.key, "resource_id": account.sites[0].resource_id}
        if brand not in ("open_meteo", "forecast_solar"):
            raise ValueError(f"no simulated forecast {brand!r}")
        compass = 180 if self.place.latitude_deg > 0 else 0
        planes = [{"peak_kw": self.solar_peak_w / 1000, "tilt_deg": 20, "azimuth_deg": compass}]
        return {"brand": brand, "latitude": self.place.latitude_deg, "longitude": self.place.longitude_deg, "planes": planes}

    @property
    def services(self) -> dict[str, Service]:
        """The HTTP services by name; `services[name].handle(request)` answers without a socket."""
        found: tuple[Service, ...] = (
            self.amber,
            self.teslemetry,
            self.aemo,
            self.kwatch,
            self.octopus,
            self.open_meteo,
            self.forecast_solar,
            self.solcast,
        )
        return {service.name: service for service in found}

    def environment(self) -> dict[str, str]:
        """The base URLs that point PowerSync at this world."""
        fleet = (
            {
                "TESLA_FLEET_API_URL": self.tesla_fleet_url,
                "TESLA_AUTH_URL": self.tesla_auth_url,
                "TESLA_TOKEN_URL": self.tesla_auth_url,
            }
            if self.has_fleet
            else {}
        )
        return fleet | {
            "AMBER_API_URL": self.amber_url,
            "AMBER_WS_URL": self.amber_ws_url,
            "TESLEMETRY_API_URL": self.teslemetry_url,
            "AEMO_SUMMARY_URL": self.aemo_summary_url,
            "AEMO_NEMWEB_URL": self.aemo_nemweb_url,
            "FLOW_POWER_API_URL": self.flow_power_url,
            "OCTOPUS_API_URL": self.octopus_url,
            "OPEN_METEO_API_URL": self._servers["open_meteo"].url,
            "FORECAST_SOLAR_API_URL": self._servers["forecast_solar"].url,
            "SOLCAST_API_URL": self._servers["solcast"].url,
        }

    def site_file(self, name: str = "Home", control: Literal["watch", "on"] = "on", owner: str = "owner@example.com") -> dict[str, Any]:
        """The site file of this home, with the tokens and identifiers of its vendors. Once it runs: a port may be chosen at the start."""
        data: dict[str, Any] = {
            "name": name,
            "timezone": self.zone,
            "currency": self.place.currency,
            "owner": owner,
            "control": control,
            "retailer": self.retailer_entry("octopus" if self.place.gsp else "amber"),
            "battery": {
                "brand": "tesla",
                "connection": "teslemetry",
                "token": self.teslemetry.site.token,
                "energy_site_id": str(self.teslemetry.site.energy_site_id),
            },
            "policies": {"tariff_sync": {"enabled": True}},
        }
        beside = self.solar_inverter
        if beside is not None:
            data["inverters"] = [{"brand": "sungrow_sg", "host": beside.host, "port": beside.port, "unit_id": 1}]
        return data

    def retailer_entry(self, brand: str) -> dict[str, Any]:
        """The site file's retailer for another brand at this home. Raises ValueError for one that is not simulated."""
        region = self.nem.region
        entries: dict[str, dict[str, Any]] = {
            "amber": {
                "brand": "amber",
                "token": self.amber.account.token,
                "site_id": self.amber.account.site_id,
                "price_model": "predicted",
            },
            "aemo": {"brand": "aemo", "region": region},
            "flow_power": {"brand": "flow_power", "region": region, "source": "aemo", "pea": {"enabled": True, "base_c": 34.0}},
            "octopus": {"brand": "octopus", "product": "agile", "region": self.place.gsp or "C", "export_product": "agile_outgoing"},
        }
        if brand not in entries:
            raise ValueError(f"no simulated retailer {brand!r}; there are {', '.join(entries)}")
        return entries[brand]

    # -- inside ---------------------------------------------------------------------------------------------------

    def _live(self) -> None:
        while not self._stopping.wait(self._step_s):
            self.step()
            self._look_around()

    def _look_around(self) -> None:
        """Open and close ports as the faults want it."""
        if not self._started:
            return
        for name, server in self._servers.items():
            if self.faults.has(name, Refused):
                server.close()
            else:
                server.listen()
        self.amber_stream.push()


def _letters(dice: random.Random, count: int) -> str:
    return "".join(dice.choice(_ULID) for _ in range(count))
