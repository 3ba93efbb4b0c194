"""What a register table may say of the figures that are read: where each stands, how it is written there, what it means."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def whole_numbers(value: Any) -> Any:
    """JSON knows text alone as a key."""
    if not isinstance(value, dict):
        return value
    found = {int(key) if isinstance(key, str) and key.isascii() and key.isdecimal() else key: each for key, each in value.items()}
    if len(found) < len(value):
        raise ValueError("a value stands here twice")
    return found


Address = Annotated[int, Field(ge=0, le=65_535)]
Scale = Annotated[float, Field(ge=1e-6, le=1e6)]
Raw = Annotated[int, Field(ge=-(2**63), lt=2**64)]
Kind = Literal["u16", "s16", "u32", "s32", "u64", "f32"]
WordOrder = Literal["high_first", "low_first"]


class Strict(BaseModel):
    """A part of a table: nothing is converted, and no key is passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Place(Strict):
    """Where a figure stands and how it is written there."""

    address: Address
    space: Literal["holding", "input"]
    kind: Kind
    word_order: WordOrder | None = None
    not_available: list[Raw] | None = None  # None: what is usual for the kind


class PowerPoint(Place):
    """A power without a direction."""

    unit: Literal["W", "kW"]
    scale: Scale = 1.0


class GridPoint(PowerPoint):
    """`positive`: what the device means by a figure above 0."""

    positive: Literal["import", "export"]


class BatteryPoint(PowerPoint):
    """`positive`: what the device means by a figure above 0."""

    positive: Literal["discharging", "charging"]


class PercentPoint(Place):
    """A share of the whole."""

    unit: Literal["%"]
    scale: Scale = 1.0


class EnergyPoint(Place):
    """An amount of energy."""

    unit: Literal["Wh", "kWh"]
    scale: Scale = 1.0


class StatePoint(Place):
    """`states`: raw value → what it means."""

    kind: Literal["u16", "u32"]
    states: Annotated[
        dict[int, Literal["running", "limited", "asleep", "stopped", "fault"]], BeforeValidator(whole_numbers), Field(min_length=1)
    ]


class TextPoint(Strict):
    """ASCII, two characters in each register."""

    address: Address
    space: Literal["holding", "input"]
    length: int = Field(ge=1, le=32)


class Read(Strict):
    """What is read. All may be left out; what a role needs is checked when a device is connected in it."""

    soc_pct: PercentPoint | None = None
    solar_w: PowerPoint | None = None
    solar_2_w: PowerPoint | None = None
    solar_3_w: PowerPoint | None = None
    solar_4_w: PowerPoint | None = None
    grid_w: GridPoint | None = None
    battery_w: BatteryPoint | None = None
    load_w: PowerPoint | None = None
    capacity_wh: EnergyPoint | None = None
    rated_w: PowerPoint | None = None
    max_charge_w: PowerPoint | None = None
    max_discharge_w: PowerPoint | None = None
    state: StatePoint | None = None
    serial: TextPoint | None = None
    firmware: TextPoint | None = None
