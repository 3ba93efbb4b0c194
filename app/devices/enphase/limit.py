"""The dynamic power export limit (DPEL): the settings that PowerSync may change, and what a command means in them.

Source: /ivp/ss/dpel, `dynamic_pel_settings`. Each setting has the gateway's own name; None where the gateway does not have it, as it must
not have it afterwards either. `enable_dynamic_limiting`, `installed_capacity` and `relay_config` are told where the owner says that this
firmware needs them, and left alone elsewhere."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from app.devices.enphase.reading import LARGEST_W
from app.devices.enphase.vendor import VENDOR
from app.devices.solar import InverterCommand
from app.domain.opinions import Curtail
from app.domain.sentences import kilowatts
from app.transports.errors import AnswerNotUnderstood, RequestRefused

ENABLE, EXPORT, LIMIT_W, SLEW, DYNAMIC, INSTALLED_W, RELAYS = (
    "enable",
    "export_limit",
    "limit_value_W",
    "slew_rate",
    "enable_dynamic_limiting",
    "installed_capacity",
    "relay_config",
)
LABELS: Final[Mapping[str, str]] = {
    ENABLE: "power limit",
    EXPORT: "kind of limit",
    LIMIT_W: "limited to",
    SLEW: "speed of change",
    DYNAMIC: "dynamic limiting",
    INSTALLED_W: "installed power",
    RELAYS: "limit by relay",
}
_UNSUPPORTED: Final = (
    "it has no limit that can be set; your installer can switch on 'Power Production Limiting by Gateway', where its firmware has it"
)
_USUAL_SLEW_W_PER_S: Final = 100.0
_SAME_W: Final = 0.5
_SECTION: Final = "dynamic_pel_settings"


class Limits(StrEnum):
    """What a limit is about."""

    EXPORT = "export"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Form:
    """How this gateway wants to be told. `installed_w` is None where it does not need dynamic limiting."""

    limits: Limits = Limits.EXPORT
    swaps_limits: bool = False
    installed_w: int | None = None

    def flag(self, limits: Limits) -> bool:
        """`export_limit` for this kind of limit."""
        return (limits is Limits.EXPORT) is not self.swaps_limits

    def kind(self, settings: Mapping[str, Any]) -> Limits:
        """The kind of limit that is set."""
        return Limits.EXPORT if bool(settings.get(EXPORT)) is not self.swaps_limits else Limits.PRODUCTION


def settings_from(body: Any) -> dict[str, Any]:
    """The settings in an answer. Raises RequestRefused where the gateway has no such limit, AnswerNotUnderstood for what cannot be."""
    if isinstance(body, Mapping) and "err" in body:
        raise RequestRefused(VENDOR, _UNSUPPORTED)
    section = body.get(_SECTION) if isinstance(body, Mapping) else None
    if not isinstance(section, Mapping):
        raise AnswerNotUnderstood(VENDOR, "its power limit is not in form")
    found = {name: section.get(name) for name in LABELS}
    if not isinstance(found[ENABLE], int):  # older firmware writes 0 and 1
        raise AnswerNotUnderstood(VENDOR, "it does not tell whether its power limit is on")
    if found[ENABLE] and not (isinstance(found[EXPORT], int) and _is_figure(found[LIMIT_W])):
        raise AnswerNotUnderstood(VENDOR, "its power limit is on, and it does not tell to what")
    if not all(found[name] is None or _is_figure(found[name]) for name in (LIMIT_W, SLEW, INSTALLED_W)):
        raise AnswerNotUnderstood(VENDOR, "the figures of its power limit cannot be")
    return {**found, ENABLE: bool(found[ENABLE]), EXPORT: None if found[EXPORT] is None else bool(found[EXPORT])}


def unsupported() -> RequestRefused:
    """For a gateway that does not know the path."""
    return RequestRefused(VENDOR, _UNSUPPORTED)


def body_with(body: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent: everything that the gateway told, with these settings in it; what is None is left out."""
    section = {**body.get(_SECTION, {}), **{name: value for name, value in settings.items() if name in LABELS}}
    section = {name: value for name, value in section.items() if value is not None or name not in LABELS}
    return {"filename": "site_settings", "version": "00.00.01", **body, _SECTION: section}


def target_settings(command: InverterCommand | None, baseline: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """The complete settings for `command`; what it does not mention is the baseline's. The owner's own limit is never lifted: where it is
    one of the other kind, what the panels make is limited, which keeps both."""
    wanted = {name: value for name, value in baseline.items() if name in LABELS}
    if not isinstance(command, Curtail):
        return wanted
    limits, most_w = form.limits, float(max(0, command.max_w))
    if wanted.get(ENABLE):
        most_w = min(most_w, float(wanted[LIMIT_W]))
        limits = limits if form.kind(wanted) is limits else Limits.PRODUCTION
    wanted |= {ENABLE: True, EXPORT: form.flag(limits), LIMIT_W: most_w}
    if wanted.get(SLEW) is None:
        wanted[SLEW] = _USUAL_SLEW_W_PER_S
    if form.installed_w is not None:
        wanted |= {DYNAMIC: True, INSTALLED_W: float(form.installed_w)}
        if isinstance(wanted.get(RELAYS), Mapping):  # older firmware has a yes or no here, which says nothing of a power
            wanted[RELAYS] = relays_at(wanted[RELAYS], pct_of(most_w, form.installed_w))
    elif wanted.get(DYNAMIC) is None:
        wanted[DYNAMIC] = False
    return wanted


def pct_of(power_w: float, installed_w: int) -> float:
    """Percent of what is installed, in hundredths, rounded down: 1500 W of 8 kW are 18.75 %."""
    return min(10_000, math.floor(10_000 * power_w / installed_w)) / 100


def relays_at(relays: Mapping[str, Any], pct: float) -> dict[str, Any]:
    """The same limit whatever the relays say; what else stands there stays."""
    levels = [{"relays": f"{state:04b}", "pct_limit": pct} for state in range(16)]
    return {**relays, "default_pct_limit": pct, "limit_levels": levels}


def limit_w_in(settings: Mapping[str, Any]) -> float | None:
    """The limit that is set, W; None where none is."""
    return float(settings[LIMIT_W]) if settings.get(ENABLE) else None


def differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> frozenset[str]:
    """The settings that `found` has and shows otherwise than `wanted`."""
    return frozenset(name for name in LABELS if name in wanted and name in found and not _is_same(wanted[name], found[name]))


def in_words(settings: Mapping[str, Any], form: Form) -> dict[str, str]:
    """Label → value, for people."""
    return {label: _words(name, settings[name], form) for name, label in LABELS.items() if name in settings}


def _words(name: str, value: Any, form: Form) -> str:
    if value is None:
        return "not set"
    if name == EXPORT:
        return "what your home feeds in" if form.kind({EXPORT: value}) is Limits.EXPORT else "what the panels make"
    if name == RELAYS and isinstance(value, Mapping):
        told = value.get("default_pct_limit")
        return f"{told:g} %" if _is_figure(told) else "set"
    if isinstance(value, bool):
        return "on" if value else "off"
    if name == SLEW:
        return f"{value:g} W a second"
    return kilowatts(value) if _is_figure(value) else str(value)


def _is_same(wanted: Any, found: Any) -> bool:
    if _is_figure(wanted) and _is_figure(found):
        return abs(float(wanted) - float(found)) < _SAME_W
    return bool(wanted == found)


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(0 <= value <= LARGEST_W)
