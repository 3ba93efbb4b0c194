"""One source of solar forecasts at its simulated service on a real socket, with the troubles of that service by name."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.feeds.forecasts.source import SolarSource
from app.feeds.registry import solar_forecast_brands
from app.simulators import effects as e
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.transports.context import Context
from tests.feeds.contract.bench import CountingBudget

MORNING = datetime(2026, 11, 19, 20, 10, 5, tzinfo=UTC)  # 07:10 in Sydney
RENAMED = {
    "open_meteo": e.RenamedValues("global_tilted_irradiance", "tilted_sun"),
    "forecast_solar": e.RenamedValues("watt_hours_period", "wh_period"),
    "solcast": e.RenamedValues("pv_estimate", "pv_power"),
}
TROUBLES: dict[str, e.Effect] = {
    "down": e.Status(503),
    "silent": e.Silence(),
    "reset": e.Reset(),
    "half": e.HalfAnswer(),
    "garbage": e.GarbageJson(),
    "web page": e.Html(),
    "empty body": e.EmptyBody(),
    "huge": e.HugeBody(8_000_000),
    "rate limited": e.Status(429),
    "empty list": e.NoSun(),
    "short": e.ShortSun(),
    **{value: e.BadSun(value) for value in ("null", "nan", "infinity", "text", "true", "absurd", "negative")},
}


class SourceBench:
    """A context manager: the world runs, and `source()` opens a new source of the brand at it."""

    def __init__(self, brand: str, now: datetime = MORNING, zone: str = "Australia/Sydney") -> None:
        self.brand, self.declared = brand, solar_forecast_brands()[brand]
        self.clock = SimulatedPace(now)
        self.world = World(self.clock, seed=3, zone=zone)
        self.budget = CountingBudget()

    def __enter__(self) -> "SourceBench":
        self.world.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.world.stop()

    @property
    def entry(self) -> dict[str, Any]:
        """The fields of the site file, without the brand."""
        return {name: value for name, value in self.world.solar_forecast_entry(self.brand).items() if name != "brand"}

    def source(self, **changed: Any) -> SolarSource:
        fields = self.declared.fields(**(self.entry | changed))
        source: SolarSource = self.declared.open(fields, self.context())
        return source

    def context(self) -> Context:
        return Context(self.clock, self.world.environment(), self.budget, zone=ZoneInfo(self.world.zone))

    def trouble(self, name: str) -> None:
        self.world.faults.add(RENAMED[self.brand] if name == "renamed" else TROUBLES[name], server=self.brand)

    def calm(self) -> None:
        self.world.faults.clear()

    def requests(self) -> int:
        return len(self.world.services[self.brand].requests)
