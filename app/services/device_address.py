"""Where a device answers in the home's network: two connections must not name the same one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class DeviceAddress:
    """Where one device answers in the home's network."""

    host: str
    port: int
    unit_id: int | None  # None for a device that is alone at its address

    def __str__(self) -> str:
        return f"{self.host}, port {self.port}" + (f", unit {self.unit_id}" if self.unit_id is not None else "")


def device_address(config: Mapping[str, Any]) -> DeviceAddress | None:
    """The address in a connection's settings; None for devices that are not reached by host and port."""
    host, port, unit_id = config.get("host"), config.get("port"), config.get("unit_id")
    if not host or port is None:
        return None
    return DeviceAddress(str(host).strip("[]").casefold(), int(port), int(unit_id) if unit_id is not None else None)
