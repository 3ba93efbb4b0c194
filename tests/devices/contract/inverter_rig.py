"""A running simulated solar inverter as the contract sees it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from app.devices.solar import SolarInverter
from app.simulators.pace import SimulatedPace
from tests.devices.contract.troubles import Trouble

NOON = datetime(2026, 3, 14, 2, 0, tzinfo=UTC)  # 13:00 in Sydney, under a clear sky


class InverterRig(Protocol):
    """One running simulated inverter with its driver. At `NOON` it makes, or exports, well over 2 kW."""

    inverter: SolarInverter
    clock: SimulatedPace

    def settings(self) -> Any:
        """What the device itself holds, in its own words: compared before and after, never read otherwise."""
        ...

    def limited_w(self) -> float:
        """The power that a limit of this device is about, now: what it makes, or what the home feeds in (`abilities.limits_export`)."""
        ...

    def writes(self) -> int:
        """How many writes have arrived."""
        ...

    def stray_writes(self) -> list[Any]:
        """Those that went to a place of which the brand's sheet does not say what it does, or that is none of the driver's business."""
        ...

    def befall(self, trouble: Trouble, *, count: int | None = None, on_writes: bool = False) -> bool:
        """Put `trouble` in force, for the next `count` answers, or for answers to writes alone, as a driver may read before it writes;
        False where it cannot happen to this device."""
        ...

    def break_off_after(self, writes: int) -> bool:
        """Let `writes` more writes through and none after them; False where a command is a single write."""
        ...

    def recover(self) -> None:
        """End all trouble."""
        ...


@dataclass(frozen=True)
class SimulatedInverter:
    """A brand's simulator. `start(has_own_limit)`: with a limit of 2 kW that the owner set, or with none. `least_w` is what remains at a
    limit of 0, `exact_w` how finely the device can be told; `label` where a brand has several."""

    brand: str
    start: Callable[[bool], AbstractContextManager[InverterRig]]
    label: str = ""
    least_w: float = 0.0
    exact_w: float = 100.0
