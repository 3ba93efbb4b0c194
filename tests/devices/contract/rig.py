"""A running simulated battery as the contract sees it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from app.devices.capabilities import Battery
from app.simulators.pace import SimulatedPace
from tests.devices.contract.troubles import Trouble

START = datetime(2026, 3, 14, 6, 18, tzinfo=UTC)  # 17:18 in Sydney
ZONE = ZoneInfo("Australia/Sydney")


class Rig(Protocol):
    """One running simulated device with its driver."""

    battery: Battery
    clock: SimulatedPace
    tells_timezone: bool  # whether the device knows the zone that it stands in

    def settings(self) -> Any:
        """What the device itself holds, in its own words: compared before and after, never read otherwise."""
        ...

    def writes(self) -> int:
        """How many writes have arrived."""
        ...

    def befall(self, trouble: Trouble, *, count: int | None = None) -> bool:
        """Put `trouble` in force, for the next `count` answers; False where it cannot happen to this device."""
        ...

    def break_off_after(self, writes: int) -> bool:
        """Let `writes` more writes through and none after them; False where a command is a single write."""
        ...

    def recover(self) -> None:
        """End all trouble."""
        ...


@dataclass(frozen=True)
class Simulated:
    """A brand's simulator. `start(is_prompt)`: settings show at once, or with the delays that owners measured."""

    brand: str
    start: Callable[[bool], AbstractContextManager[Rig]]
