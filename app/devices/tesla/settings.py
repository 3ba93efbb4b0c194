"""The five settings of a Powerwall that PowerSync may change: read from `site_info`, compared by meaning, told in words."""

import math
from collections.abc import Mapping
from typing import Any, Final

from app.devices.capabilities import OwnerSetting
from app.devices.tesla.numbers import finite, part
from app.devices.tesla.schedule import same_plan
from app.devices.tesla.tariff import is_ours

MODE: Final = "mode"
RESERVE: Final = "reserve_pct"
EXPORT_RULE: Final = "export_rule"
GRID_CHARGING: Final = "grid_charging"
TARIFF: Final = "tariff"

AUTONOMOUS: Final = "autonomous"
SELF_CONSUMPTION: Final = "self_consumption"
BACKUP: Final = "backup"

EXPORT_NOTHING: Final = "never"
EXPORT_SOLAR: Final = "pv_only"
EXPORT_EVERYTHING: Final = "battery_ok"

SETTABLE: Final[Mapping[str, str]] = {
    MODE: "operation mode",
    RESERVE: "backup reserve",
    EXPORT_RULE: "energy exports",
    GRID_CHARGING: "grid charging",
    TARIFF: "rate plan",
}

_MODES: Final = {AUTONOMOUS: "Time-based control", SELF_CONSUMPTION: "Self-powered", BACKUP: "Backup"}
_EXPORT_RULES: Final = {EXPORT_NOTHING: "Nothing", EXPORT_SOLAR: "Solar only", EXPORT_EVERYTHING: "Everything"}

OWNERS: Final = (
    OwnerSetting(MODE, tuple(_MODES.items()), help="Only Time-based control plans by prices."),
    OwnerSetting(RESERVE, help="Tesla takes 0 to 80 %, or 100 %."),
    OwnerSetting(
        EXPORT_RULE, tuple(_EXPORT_RULES.items()), help="A rule that you choose here suspends automatic curtailment until you take it back."
    ),
    OwnerSetting(GRID_CHARGING, ((True, "Allowed"), (False, "Not allowed"))),
)

# Since firmware 25.18.4 a reserve of 81–99 % ends at 80, at once or up to half an hour later; some sites cap 100 there too.
_CAPPED_RESERVE: Final = 80
_FULL_RESERVE: Final = 100


def settings_from(site_info: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as the device holds them; a key is missing where the device does not tell."""
    settings: dict[str, Any] = {}
    if isinstance(mode := site_info.get("default_real_mode"), str) and mode:
        settings[MODE] = mode
    reserve = finite(site_info.get("backup_reserve_percent"))
    if reserve is not None and 0 <= reserve <= 100:
        settings[RESERVE] = _rounded(reserve)
    if (rule := export_rule_from(site_info)) is not None:
        settings[EXPORT_RULE] = rule
    if (allowed := grid_charging_from(site_info)) is not None:
        settings[GRID_CHARGING] = allowed
    tariff = site_info.get("tariff_content_v2")
    settings[TARIFF] = dict(tariff) if isinstance(tariff, Mapping) else {}
    return settings


def export_rule_from(site_info: Mapping[str, Any]) -> str | None:
    """The rule in force. Customers of a virtual power plant do not get it: then "non export configured" tells, or nothing does."""
    components = part(site_info, "components")
    for holder in (components, site_info):
        if (rule := holder.get("customer_preferred_export_rule")) in _EXPORT_RULES:
            return str(rule)
    for holder, key in (
        (components, "non_export_configured"),
        (site_info, "non_export_configured"),
        (site_info, "components_non_export_configured"),
    ):
        if (is_never := _flag(holder.get(key))) is not None:
            return EXPORT_NOTHING if is_never else EXPORT_EVERYTHING
    return None


def grid_charging_from(site_info: Mapping[str, Any]) -> bool | None:
    """Tesla's flag forbids; absent means allowed. None where the part of the answer that would hold it is missing as a whole."""
    components = part(site_info, "components")
    for holder in (components, site_info):
        if (is_forbidden := _flag(holder.get("disallow_charge_from_grid_with_solar_installed"))) is not None:
            return not is_forbidden
    return True if components else None


def sendable_reserve(reserve_pct: float) -> int:
    """A whole percent that Tesla takes: 0–80 or 100."""
    return _settled_reserve(min(max(_rounded(reserve_pct), 0), 100))


def reserve_of_at_least(floor_pct: float) -> int:
    """The lowest reserve that Tesla takes and that keeps `floor_pct`."""
    floor = min(max(math.ceil(floor_pct), 0), _FULL_RESERVE)
    return floor if floor <= _CAPPED_RESERVE else _FULL_RESERVE


def differing_fields(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> frozenset[str]:
    """The fields of `wanted` that `found` tells and does not show in meaning."""
    return frozenset(field for field in wanted if field in found and not _shows(field, wanted[field], found[field]))


def without_ours(found: Mapping[str, Any]) -> dict[str, Any]:
    """`found` without a plan that PowerSync wrote."""
    return {field: value for field, value in found.items() if not (field == TARIFF and is_ours(value))}


def settings_in_words(settings: Mapping[str, Any]) -> dict[str, str]:
    """Each setting under its name for people."""
    return {SETTABLE[field]: _in_words(field, value) for field, value in settings.items() if field in SETTABLE}


def _shows(field: str, wanted: Any, found: Any) -> bool:
    if field == TARIFF:
        return same_plan(wanted, found)
    if field == RESERVE:
        ours, theirs = sendable_reserve(wanted), sendable_reserve(found)
        return ours == theirs or (ours == _FULL_RESERVE and theirs == _CAPPED_RESERVE)
    return bool(wanted == found)


def _in_words(field: str, value: Any) -> str:
    if field == MODE:
        return _MODES.get(value, str(value))
    if field == RESERVE:
        return f"{value} %"
    if field == EXPORT_RULE:
        return _EXPORT_RULES.get(value, str(value))
    if field == GRID_CHARGING:
        return "Allowed" if value else "Not allowed"
    return str(value.get("name") or value.get("code") or "Unnamed") if value else "None"


def _settled_reserve(reserve_pct: int) -> int:
    return _CAPPED_RESERVE if _CAPPED_RESERVE < reserve_pct < _FULL_RESERVE else reserve_pct


def _rounded(value: float) -> int:
    """Half up: 20.5 becomes 21."""
    return math.floor(value + 0.5)


def _flag(value: Any) -> bool | None:
    """A flag as it comes: true, "true", or nothing that is one."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None
