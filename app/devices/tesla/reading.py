"""`live_status` and `site_info` as readings and facts. Tesla's signs and units are the app's: W, Wh, + import, + discharging."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.devices.capabilities import BatteryFacts
from app.devices.tesla.numbers import finite, part
from app.domain.power import LiveReading
from app.transports.errors import AnswerNotUnderstood

SOURCE: Final = "tesla"

_ON_GRID: Final = {
    "on_grid": True,
    "off_grid": False,
    "off_grid_intentional": False,
    "off_grid_unintentional": False,
}
_GRID_STATUS: Final = {"Active": True, "Inactive": False}
_SOC_TOLERANCE_PCT: Final = 0.5  # rounding at the ends of the scale; beyond it a value is not a charge
_NO_PACK_WH: Final = 1.0  # what a site without a battery states as its pack
_PARTS: Final = {"1707000": "Powerwall 3", "3012170": "Powerwall 2"}  # the beginning of part numbers and of a gateway's DIN
_POWERWALL_WH: Final = 13_500.0
_POWERWALL_1_WH: Final = 6_400.0
_POWERWALL_1_W: Final = 3_500.0


def live_reading_from(vendor: str, live: Mapping[str, Any], now: datetime) -> LiveReading:
    """One reading, as old as Tesla says it is. Raises AnswerNotUnderstood where it does not say: age is what tells a live home from one
    that went offline."""
    taken_at = _instant(live.get("timestamp"))
    if taken_at is None:
        raise AnswerNotUnderstood(vendor, "live_status does not say when it was taken")
    solar_w, grid_w, battery_w = (finite(live.get(key)) for key in ("solar_power", "grid_power", "battery_power"))
    capacity_wh = finite(live.get("total_pack_energy"))
    has_pack = capacity_wh is None or capacity_wh > _NO_PACK_WH
    return LiveReading(
        taken_at=min(taken_at, now),  # a clock that runs ahead must not make a reading look fresh for longer
        source=SOURCE,
        solar_w=_not_negative(solar_w),
        grid_w=grid_w,
        battery_w=battery_w,
        load_w=_not_negative(finite(live.get("load_power"))),
        soc_pct=_soc_pct(finite(live.get("percentage_charged"))) if has_pack else None,
        stored_wh=_not_negative(finite(live.get("energy_left"))) if has_pack else None,
        capacity_wh=capacity_wh if has_pack else None,
        on_grid=_on_grid(live),
    )


def facts_from(site_info: Mapping[str, Any], measured_wh: float | None = None) -> BatteryFacts:
    """What is built in; nameplate figures of the whole site. `measured_wh`: what it holds when full now, as told elsewhere."""
    components = part(site_info, "components")
    batteries = [each for each in components.get("batteries") or () if isinstance(each, Mapping)]
    count = finite(site_info.get("battery_count"))
    max_discharge_w = finite(site_info.get("nameplate_power")) or _total(batteries, "nameplate_max_discharge_power")
    rated_wh = finite(site_info.get("nameplate_energy")) or _total(batteries, "nameplate_energy")
    return BatteryFacts(
        timezone=zone_from(site_info),
        firmware=_text(site_info.get("version")),
        capacity_wh=rated_wh or _estimated_wh(count, max_discharge_w),
        max_charge_w=_total(batteries, "nameplate_max_charge_power"),
        max_discharge_w=max_discharge_w,
        count=None if count is None else int(count),
        soh_pct=100.0 * measured_wh / rated_wh if measured_wh and rated_wh else None,
        model=model_from(site_info),
        rated_wh=rated_wh,
        measured_wh=measured_wh,
        installed_on=_day(site_info.get("installation_date")),
    )


def zone_from(site_info: Mapping[str, Any]) -> str | None:
    """The IANA name of the site's clock; None where it is empty or unknown here."""
    name = _text(site_info.get("installation_time_zone"))
    if name is None:
        return None
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        return None


def model_from(site_info: Mapping[str, Any]) -> str:
    """ "Powerwall 3", or "Powerwall" where the model is not told: by the name of the part, else by its number."""
    components = part(site_info, "components")
    listed = [each for name in ("batteries", "gateways") for each in components.get(name) or () if isinstance(each, Mapping)]
    for each in listed:
        if (name := _text(each.get("part_name"))) and name.startswith("Powerwall"):
            return name
    numbers = [str(each.get(key) or "") for each in listed for key in ("part_number", "din")]
    numbers.append(str(site_info.get("id") or ""))
    return next((model for number in numbers for start, model in _PARTS.items() if number.startswith(start)), "Powerwall")


def _estimated_wh(count: float | None, max_discharge_w: float | None) -> float | None:
    """Some firmware of Powerwall 3 leaves the energy out: units of a known size, the small first model by its power."""
    if not count:
        return None
    is_first_model = max_discharge_w is not None and max_discharge_w / count <= _POWERWALL_1_W
    return count * (_POWERWALL_1_WH if is_first_model else _POWERWALL_WH)


def _total(batteries: list[Mapping[str, Any]], key: str) -> float | None:
    values = [value for each in batteries if (value := finite(each.get(key))) is not None]
    return sum(values) if values and len(values) == len(batteries) else None


def _on_grid(live: Mapping[str, Any]) -> bool | None:
    island, grid = live.get("island_status"), live.get("grid_status")
    told = _ON_GRID.get(island) if isinstance(island, str) else None
    return told if told is not None else (_GRID_STATUS.get(grid) if isinstance(grid, str) else None)


def _soc_pct(value: float | None) -> float | None:
    if value is None or not -_SOC_TOLERANCE_PCT <= value <= 100 + _SOC_TOLERANCE_PCT:
        return None
    return min(max(value, 0.0), 100.0)


def _not_negative(value: float | None) -> float | None:
    """Meters show a few W below zero at night."""
    return None if value is None else max(value, 0.0)


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _day(value: Any) -> date | None:
    """The day of an instant, on the clock that it is told in."""
    try:
        return datetime.fromisoformat(value).date() if isinstance(value, str) else None
    except ValueError:
        return None


def _instant(value: Any) -> datetime | None:
    """ISO 8601 with an offset, in UTC."""
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo is not None else None
