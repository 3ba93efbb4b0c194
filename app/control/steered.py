"""A device as the loop steers it: what a battery and a solar inverter have in common."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from app.devices.capabilities import Settings
from app.devices.solar import InverterAbilities, SolarInverter
from app.domain.opinions import BatteryLimits, Command, Curtail, Run


class SteeredAbilities(Protocol):
    """What the loop must know of a device's settings."""

    @property
    def settable(self) -> Mapping[str, str]: ...
    @property
    def drifts(self) -> Mapping[str, frozenset[Any]]: ...
    @property
    def read_back_s(self) -> Mapping[str, float]: ...
    @property
    def tariff_field(self) -> str | None: ...


class Steered(Protocol):
    """A device that is steered by its settings. Every `Battery` is one (see `app.devices.capabilities` for what the methods promise)."""

    @property
    def abilities(self) -> SteeredAbilities: ...
    def read_settings(self) -> Settings: ...
    def target(
        self, command: Any, limits: BatteryLimits, baseline: Settings, *, now: datetime, until: datetime | None, zone: ZoneInfo
    ) -> Settings: ...
    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]: ...
    def owners(self, found: Settings) -> Settings: ...
    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None: ...
    def in_words(self, settings: Settings) -> Mapping[str, str]: ...


class SteeredInverter:
    """A solar inverter in the same hand: limits of the battery do not concern it, and it holds nothing that PowerSync wrote for long."""

    def __init__(self, inverter: SolarInverter) -> None:
        self._inverter = inverter

    @property
    def abilities(self) -> InverterAbilities:
        return self._inverter.abilities

    def read_settings(self) -> Settings:
        return self._inverter.read_settings()

    def target(
        self,
        command: Command | None,
        limits: BatteryLimits,
        baseline: Settings,
        *,
        now: datetime,
        until: datetime | None,
        zone: ZoneInfo,
    ) -> Settings:
        if not isinstance(command, Run | Curtail | None):
            raise TypeError(f"a solar inverter cannot be told {command!r}")
        return self._inverter.target(command, baseline, until=until)

    def differing(self, wanted: Settings, found: Settings) -> frozenset[str]:
        return self._inverter.differing(wanted, found)

    def owners(self, found: Settings) -> Settings:
        """Without what is none of the owner's: a timer that runs, or whether a limit is seen to work."""
        return self._inverter.target(None, found, until=None)

    def write(self, wanted: Settings, fields: Collection[str], until: datetime | None, *, purpose: str = "command") -> None:
        self._inverter.write(wanted, fields, until, purpose=purpose)

    def in_words(self, settings: Settings) -> Mapping[str, str]:
        return self._inverter.in_words(settings)
