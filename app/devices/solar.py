"""What a solar inverter can do: tiny protocols, asked for with isinstance. It is steered by its settings, as a battery is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from app.devices.capabilities import Settings
from app.domain.opinions import Curtail, Run

InverterCommand = Run | Curtail


class InverterState(StrEnum):
    """What an inverter says of itself."""

    RUNNING = "running"
    LIMITED = "limited"  # makes less than the sun gives because it was told to
    ASLEEP = "asleep"  # at night
    STOPPED = "stopped"
    FAULT = "fault"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class InverterReading:
    """One reading; None where the inverter gives no value."""

    taken_at: datetime
    state: InverterState
    ac_w: float | None = None  # ≥ 0, what it makes
    limit_w: float | None = None  # what it may make, None: no limit in force
    rated_w: float | None = None
    grid_w: float | None = None  # + import, where it has a meter
    serial: str | None = None
    firmware: str | None = None


@dataclass(frozen=True, slots=True)
class InverterAbilities:
    """What a driver can honour, known without asking the device."""

    settable: Mapping[str, str]  # field of the settings → its name for people
    can_limit: bool = True  # to any power; False: all or nothing
    limits_export: bool = False  # the limit is one of the feed-in at the meter, not of what it makes
    has_timer: bool = False  # a limit ends by itself in the device
    drifts: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    poll_s: int = 30
    settings_poll_s: int = 300
    read_back_s: Mapping[str, float] = field(default_factory=dict)  # field → how long a read-back is waited for; else 10 s
    tariff_field: None = field(default=None, init=False)  # no inverter holds a tariff


@runtime_checkable
class SolarInverter(Protocol):
    """Every driver of a solar inverter."""

    abilities: InverterAbilities

    def read_status(self, now: datetime) -> InverterReading:
        """Raises a VendorError; Unreachable at night, where the inverter sleeps and says nothing."""
        ...

    def read_settings(self) -> Settings:
        """The settings that PowerSync may change, as the device holds them now. Raises a VendorError."""
        ...

    def target(self, command: InverterCommand | None, baseline: Settings, *, until: datetime | None) -> Settings:
        """Pure: the complete settings that carry out `command` (None: nobody wishes anything); what they do not mention is the baseline's.
        `Curtail(max_w)`: at most that much, 0 as near to nothing as the device comes."""
        ...

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        """Pure: the fields of `wanted` that `found` does not show in meaning. A field that `found` lacks counts as not different."""
        ...

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        """Send `fields` of `wanted` in the order that is safe for this device, once each; hardware with a timer stops by itself at `until`.
        Returns when accepted. Raises a VendorError; what was sent before it may have taken: reading back decides."""
        ...

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        """Pure: the name of each setting for people, with its value."""
        ...
