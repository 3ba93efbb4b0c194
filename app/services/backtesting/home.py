"""The battery and the limits that a backtest lives with: those of the home, as the plan takes them, or another size."""

from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite

from sqlalchemy.orm import Session

from app.control.observe import settings_of
from app.control.planning.battery_spec import USUAL_EFFICIENCY, battery_of
from app.control.planning.memory import LOAD_SHARE, PRICE_MOST_PER_KWH, PRICE_STEP_PER_KWH, SOLAR_SHARE
from app.control.planning.problem import C_PER_MAJOR
from app.domain.reasons import Reason
from app.domain.sentences import sentence
from app.domain.settings import SettingsBook
from app.domain.settings.optimizer import Optimizer
from app.domain.settings.solar_curtailment import SolarCurtailment
from app.models.site import Site
from app.optimizer.backtest import Home
from app.optimizer.past import Series
from app.optimizer.problem import BatterySpec, GridLimits
from app.optimizer.scenarios import ForecastErrors
from app.services.backtesting.meter import NotBacktestable

LEAST_KWH, MOST_KWH = 0.5, 1000.0
LEAST_KW, MOST_KW = 0.1, 500.0


@dataclass(frozen=True, slots=True)
class Size:
    """Another battery than the home's; None: as the home's is. `power_kw` holds for charging and for discharging."""

    capacity_kwh: float | None = None
    power_kw: float | None = None

    def check(self) -> None:
        """Raises NotBacktestable for a size that no home battery has."""
        for value, least, most, words in (
            (self.capacity_kwh, LEAST_KWH, MOST_KWH, "the capacity, kWh,"),
            (self.power_kw, LEAST_KW, MOST_KW, "the power, kW,"),
        ):
            if value is not None and not (isfinite(value) and least <= value <= most):
                raise NotBacktestable(f"{words} must be {least:g} to {most:g}")


def home_of(session: Session, site: Site, series: Series, size: Size, now: datetime) -> Home:
    """Everything that stays the same through the days. Raises NotBacktestable where nothing says what the battery is."""
    size.check()
    settings = settings_of(session, site.id)
    battery = _battery(session, site, settings, size, now)
    step, most = (0.0, 0.0) if series.is_published else (PRICE_STEP_PER_KWH, PRICE_MOST_PER_KWH)
    return Home(
        battery,
        _grid(site, series, battery),
        settings.of(Optimizer).wear_c_per_kwh / C_PER_MAJOR,
        settings.of(SolarCurtailment).enabled,
        ForecastErrors(step, most, SOLAR_SHARE, LOAD_SHARE),
    )


def _battery(session: Session, site: Site, settings: SettingsBook, size: Size, now: datetime) -> BatterySpec:
    own = battery_of(session, site.id, settings, now)
    if not isinstance(own, Reason):
        power_kw = size.power_kw
        return replace(
            own,
            capacity_kwh=size.capacity_kwh or own.capacity_kwh,
            max_charge_kw=power_kw or own.max_charge_kw,
            max_discharge_kw=power_kw or own.max_discharge_kw,
        )
    if size.capacity_kwh is None or size.power_kw is None:
        raise NotBacktestable(f"{sentence(own)}, or give capacity and power of the battery to try")
    optimizer = settings.of(Optimizer)
    least, most = optimizer.least_soc_pct / 100, max(optimizer.most_soc_pct, optimizer.least_soc_pct) / 100
    return BatterySpec(size.capacity_kwh, size.power_kw, size.power_kw, USUAL_EFFICIENCY, USUAL_EFFICIENCY, least, most)


def _grid(site: Site, series: Series, battery: BatterySpec) -> GridLimits:
    """The owner's caps; without one, more than can ever flow."""
    free_kw = battery.max_charge_kw + battery.max_discharge_kw + max(series.load_kw) + max(series.solar_kw) + 1
    return GridLimits(
        site.max_import_w / 1000 if site.max_import_w is not None else free_kw,
        site.max_export_w / 1000 if site.max_export_w is not None else free_kw,
    )
