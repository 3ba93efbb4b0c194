"""The settings of a device that stand in registers: how each is read, compared, written and told to people."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.devices.register_device import RegisterDevice
from app.devices.registers import Point
from app.transports.modbus import Conversation


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting in one register point. `step`: figures that differ by less than this are the same for the device."""

    point: Point
    label: str  # for people: "backup reserve"
    words: Callable[[float], str]  # the value for people: "20 %"
    step: float = 1.0
    as_single: bool = True

    @property
    def name(self) -> str:
        """The key in the settings."""
        return self.point.name


class SettingsTable:
    """The settings of one kind of device, in the order in which they are told."""

    def __init__(self, settings: Sequence[Setting]) -> None:
        self._settings = {setting.name: setting for setting in settings}

    def only(self, *names: str) -> "SettingsTable":
        """The table of some of them."""
        return SettingsTable([self._settings[name] for name in names])

    def point(self, name: str) -> Point:
        """Where one of them stands."""
        return self._settings[name].point

    @property
    def labels(self) -> Mapping[str, str]:
        """Name → its name for people."""
        return {name: setting.label for name, setting in self._settings.items()}

    def read(self, talk: Conversation, device: RegisterDevice) -> dict[str, Any]:
        """What the device holds; a setting that it does not have is left out. Raises a VendorError."""
        found = device.read(talk, [setting.point for setting in self._settings.values()])
        return {name: figure for name, figure in found.items() if figure is not None}

    def differing(self, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> frozenset[str]:
        """The settings that `found` has and shows otherwise than `wanted`."""
        return frozenset(
            name
            for name, value in wanted.items()
            if name in self._settings and name in found and abs(float(found[name]) - float(value)) >= self._settings[name].step
        )

    def write(
        self, talk: Conversation, device: RegisterDevice, wanted: Mapping[str, Any], names: Collection[str], order: Sequence[str]
    ) -> None:
        """Write the settings of `names` in `order`, once each. Raises a VendorError or ValueError; what came before it may have taken."""
        for name in order:
            if name in names and name in wanted:
                setting = self._settings[name]
                device.write(talk, setting.point, float(wanted[name]), as_single=setting.as_single)

    def in_words(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """Label → value, for people."""
        return {setting.label: setting.words(float(settings[name])) for name, setting in self._settings.items() if name in settings}
